import type { Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { writeMp4 } from '../../scripts/lib/mp4.mjs';
import { startDashboard } from './server.js';
import { connect, emulator, expect, signIn, test } from './world.js';

/** The upload rate of the slow browser. The file takes about 6 s. */
const BYTES_PER_SECOND = 500_000;
const FILE_BYTES = 3_000_000;

interface Post {
  title: string;
  status: string;
  sha256: string;
}

/** Starts a second `next start` whose server aborts requests after 2.5 s, unless the dashboard raises that limit. */
async function impatientDashboard(more: NodeJS.ProcessEnv) {
  const preload = new URL('./impatient.mjs', import.meta.url).href;
  const env = JSON.parse(process.env.E2E_ENVIRONMENT ?? '{}') as NodeJS.ProcessEnv;
  return startDashboard({ ...env, NODE_OPTIONS: `--import=${preload}`, ...more });
}

/** Posts a file over a slow connection. Returns the methods of the upload requests and the hash of the file. */
async function postSlowly(page: Page, url: string, title: string): Promise<{ methods: string[]; sha256: string }> {
  const path = test.info().outputPath('clip.mp4');
  await writeMp4(path, { bytes: FILE_BYTES, seconds: 4 });
  await page.goto(`${url}/orbit/acme/tiktok/post`);
  await page.getByLabel('Video', { exact: true }).setInputFiles(path);
  await page.getByLabel('Caption').fill(title);
  await page.getByLabel('Who can see this post').selectOption('SELF_ONLY');
  const methods: string[] = [];
  page.on('request', (request) => {
    const uploads = new URL(request.url()).pathname.endsWith('/publish') && request.method() !== 'GET';
    if (uploads) methods.push(request.method());
  });
  const network = await page.context().newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: BYTES_PER_SECOND };
  await network.send('Network.emulateNetworkConditions', slow);
  await page.getByRole('button', { name: 'Post to TikTok' }).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 60_000 });
  return { methods, sha256: createHash('sha256').update(await readFile(path)).digest('hex') };
}

const posts = async (title: string) => (await emulator<{ posts: Post[] }>('state')).posts.filter((post) => post.title === title);

test('an upload longer than the request timeout is posted once', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  const { url, stop } = await impatientDashboard({ DASHBOARD_REQUEST_TIMEOUT_MS: '2500' });
  try {
    const { methods, sha256 } = await postSlowly(page, url, 'Longer than the timeout');
    expect(methods[0]).toBe('POST');
    expect(methods.filter((method) => method === 'PATCH').length).toBeGreaterThan(0);
    expect(await posts('Longer than the timeout')).toMatchObject([{ status: 'PUBLISH_COMPLETE', sha256 }]);
  } finally {
    await stop();
  }
});

test('a raised request timeout keeps a long upload in one request', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  const { url, stop } = await impatientDashboard({});
  try {
    const { methods, sha256 } = await postSlowly(page, url, 'In one request');
    expect(methods).toEqual(['POST']);
    expect(await posts('In one request')).toMatchObject([{ status: 'PUBLISH_COMPLETE', sha256 }]);
  } finally {
    await stop();
  }
});
