import { expect, test as base, type Page } from '@playwright/test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { APP, Emulator } from '../js/emulator.js';

/** The PKCE test vector of docs/tiktok-api.md 1.4, which is the default in the console. */
const VERIFIER = 'gaeCq5mVvbhA8Ce6w5O9XBVIKMkySgv-_9A-rnhm9Ns';
const PAGES = ['requests', 'posts', 'faults', 'webhooks', 'consent', 'grants', 'users', 'apps'];

/** Gives each test its own emulator. A test fails on any error in the browser's console. */
const test = base.extend<{ emulator: Emulator; quiet: void }>({
  emulator: async ({}, use) => {
    const emulator = await Emulator.start();
    try {
      await use(emulator);
    } finally {
      await emulator.stop();
    }
  },
  baseURL: async ({ emulator }, use) => use(emulator.baseUrl),
  quiet: [
    async ({ page }, use, info) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      await use();
      // The browser logs each rejected call as an error. Tests that expect a rejected call have an annotation.
      const meant = info.annotations.some((each) => each.type === 'rejected calls');
      expect(errors.filter((error) => !meant || !error.includes('Failed to load resource'))).toEqual([]);
    },
    { auto: true },
  ],
});

const open = (page: Page, name = '') => page.goto(name === '' ? '/_emulator/' : `/_emulator/console/${name}`);

/** Builds a link in the console and consents as the user. Returns the code from the address bar. */
async function consent(page: Page, username: string): Promise<string> {
  await open(page, 'consent');
  await page.getByRole('button', { name: 'Build the link' }).click();
  await page.getByRole('link', { name: 'Open the authorize page' }).click();
  await page.selectOption('#username', username);
  await page.click('#allow');
  await expect(page.getByRole('heading', { name: 'Back from the authorize page' })).toBeVisible();
  return new URL(page.url()).searchParams.get('code') ?? '';
}

async function exchange(emulator: Emulator, code: string): Promise<Record<string, string>> {
  const form = new URLSearchParams({
    client_key: APP.clientKey,
    client_secret: APP.clientSecret,
    grant_type: 'authorization_code',
    code,
    redirect_uri: `${emulator.baseUrl}/_emulator/console/callback`,
    code_verifier: VERIFIER,
  });
  const response = await fetch(`${emulator.baseUrl}/v2/oauth/token/`, { method: 'POST', body: form });
  return (await response.json()) as Record<string, string>;
}

async function login(page: Page, emulator: Emulator, username = 'ana.makes'): Promise<string> {
  const { access_token } = await exchange(emulator, await consent(page, username));
  expect(access_token).toMatch(/^act\./);
  return access_token ?? '';
}

async function api<T>(emulator: Emulator, token: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${emulator.baseUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

/** Uploads a draft. Returns its upload URL. */
async function draft(emulator: Emulator, token: string): Promise<string> {
  const video = new Uint8Array(40_000);
  video.set(Buffer.from('000000186674797069736f6d0000020069736f6d69736f32', 'hex'));
  const source = { source: 'FILE_UPLOAD', video_size: 40_000, chunk_size: 40_000, total_chunk_count: 1 };
  const init = { source_info: source };
  const { data } = await api<{ data: { upload_url: string } }>(emulator, token, '/v2/post/publish/inbox/video/init/', init);
  const headers = { 'content-type': 'video/mp4', 'content-range': 'bytes 0-39999/40000' };
  const put = await fetch(data.upload_url, { method: 'PUT', headers, body: video });
  expect(put.status).toBe(201);
  return data.upload_url;
}

test('console pages load no external files, fit 375 and 1280 px', async ({ page, emulator }) => {
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(emulator.baseUrl) && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  await draft(emulator, await login(page, emulator));
  await emulator.post('webhook', { client_key: APP.clientKey, url: 'http://127.0.0.1:9/a-rather-long-path/for-a-hook' });
  await emulator.faults({ endpoint: 'content_init', status: 500, code: 'a_rather_long_error_code_of_an_app' });
  await emulator.advance(60_000);
  for (const width of [375, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const name of ['', ...PAGES]) {
      const response = await open(page, name);
      expect(response?.status()).toBe(200);
      await expect(page.locator('h1')).toBeVisible();
      const scrolls = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(scrolls, `${name} at ${width}`).toBeLessThanOrEqual(0);
    }
  }
  expect(elsewhere).toEqual([]);
});

test('consent through a generated link returns a valid code', async ({ page, emulator }) => {
  const code = await consent(page, 'ben.private');
  expect(code).not.toBe('');
  expect(await page.locator('body').innerText()).not.toContain(code);
  expect(await exchange(emulator, code)).toMatchObject({ token_type: 'Bearer' });
  await open(page, 'grants');
  await expect(page.getByRole('row', { name: /ben\.private/ })).toContainText('1 access token');
});

test('the consent page explains why TikTok would reject a link', async ({ page }) => {
  await open(page, 'consent');
  await page.fill('#build-redirect', 'https://not.registered.test/');
  await page.getByRole('button', { name: 'Build the link' }).click();
  await expect(page.locator('#rejected')).toContainText('redirect_uri');
  await expect(page.locator('#rejected')).toContainText('register it on the Apps page');
});

test('a revocation by the user invalidates the tokens', async ({ page, emulator }) => {
  const token = await login(page, emulator);
  await open(page, 'grants');
  await page.getByRole('button', { name: 'Revoke as the user' }).click();
  await expect(page.getByText('No grants yet')).toBeVisible();
  await expect(page.getByRole('status')).toContainText('@ana.makes has disconnected');
  const answer = await api<{ error: { code: string } }>(emulator, token, '/v2/user/info/?fields=open_id');
  expect(answer.error.code).toBe('access_token_invalid');
});

test('the posts page shows, finishes and removes a draft', async ({ page, emulator }) => {
  const token = await login(page, emulator);
  await open(page, 'posts');
  await expect(page.getByText('No posts yet')).toBeVisible();
  await draft(emulator, token);
  const post = page.getByRole('article');
  await expect(post).toContainText('39.0 KiB of 39.0 KiB received');
  await expect(post).toContainText(/[0-9a-f]{64}/);
  await emulator.advance(10_000);
  await post.getByRole('button', { name: 'Finish draft as the user' }).click();
  await expect(post).toContainText('PUBLISH_COMPLETE');
  await emulator.advance(60_000);
  await post.getByRole('button', { name: 'Remove post as the user' }).click();
  await expect(post.getByRole('button')).toHaveCount(0);
});

test('the requests page updates live, filters and hides secrets', async ({ page, emulator }) => {
  const token = await login(page, emulator);
  await page.clock.install();
  await open(page, 'requests');
  const rows = page.locator('#requests tbody tr');
  const before = await rows.count();
  const upload = await draft(emulator, token);
  await expect(rows).toHaveCount(before + 2);
  await expect(rows.first()).toContainText('bytes 0-39999/40000');
  await expect(rows.first()).toContainText('@ana.makes');
  const text = await page.content();
  for (const secret of [token, new URL(upload).searchParams.get('upload_token') ?? upload, APP.clientSecret]) {
    expect(text).not.toContain(secret);
  }
  await page.getByRole('button', { name: 'Pause' }).click();
  await api(emulator, token, '/v2/user/info/?fields=open_id');
  // Advances the timers of the page by 10 s. A page that still polled would show the request.
  await page.clock.runFor(10_000);
  await expect(rows).toHaveCount(before + 2);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(rows).toHaveCount(before + 3);
  await page.selectOption('#filter-endpoint', 'upload');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole('link', { name: 'Show all' }).click();
  await expect(rows).toHaveCount(before + 3);
});

test('the faults page adds, disables and removes a fault rule', async ({ page, emulator }) => {
  const token = await login(page, emulator);
  const list = () => api<{ error: { code: string } }>(emulator, token, '/v2/video/list/?fields=id', {});
  await open(page, 'faults');
  await page.selectOption('#add-endpoint', 'video_list');
  await page.selectOption('#add-preset', { label: '429 rate_limit_exceeded' });
  await page.fill('#add-times', '0');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const rule = page.locator('#faults tbody tr');
  await expect(rule).toContainText('status 429, error rate_limit_exceeded');
  expect((await list()).error.code).toBe('rate_limit_exceeded');
  await expect(rule.locator('[data-label=Changed]')).toHaveText('1');
  await rule.getByRole('button', { name: 'Switch off' }).click();
  await expect(rule.getByRole('button', { name: 'Switch on' })).toBeVisible();
  expect((await list()).error.code).toBe('ok');
  await rule.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('No rules: everything works as documented')).toBeVisible();
});

test('a rejected call shows its error next to the button', async ({ page }, info) => {
  info.annotations.push({ type: 'rejected calls' });
  await open(page, 'faults');
  await page.selectOption('#add-endpoint', 'token');
  await page.selectOption('#add-preset', { label: 'Wrong Content-Range (upload)' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.locator('#add output')).toContainText('content_range only applies to uploads');
});

test('the console advances the clock and changes settings', async ({ page, emulator }) => {
  await open(page);
  const now = async () => (await emulator.get<{ now_ms: number }>('state')).now_ms;
  const began = await now();
  await page.getByRole('button', { name: '+1 day' }).click();
  await expect.poll(now).toBeGreaterThan(began + 86_400_000 - 1);
  const day = new Date(await now()).toISOString().slice(0, 10);
  await expect(page.locator('#clock')).toContainText(day);
  await page.fill('#advance-amount', '2.5');
  await page.selectOption('#advance-unit', { label: 'hours' });
  await page.getByRole('button', { name: 'Advance', exact: true }).click();
  await expect.poll(now).toBeGreaterThan(began + 86_400_000 + 9_000_000 - 1);

  await page.getByRole('switch', { name: 'Short pages' }).check();
  await page.getByLabel('Rotation').selectOption('never');
  await page.getByRole('switch', { name: 'Rate limits' }).uncheck();
  const state = () => emulator.get<{ limits: boolean; settings: Record<string, unknown> }>('state');
  await expect.poll(state).toMatchObject({ limits: false, settings: { short_pages: true, rotation: 'never' } });
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Reset everything' }).click();
  await expect.poll(state).toMatchObject({ limits: true, settings: { short_pages: false, rotation: 'always' } });
  await expect(page.getByRole('switch', { name: 'Short pages' })).not.toBeChecked();
});

test('the webhooks page shows responses and the next attempt', async ({ page, emulator }) => {
  const statuses = [500, 200];
  const app = createServer((request, response) => {
    request.resume();
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
  try {
    await login(page, emulator);
    await open(page, 'webhooks');
    await page.getByLabel('toklink demo').fill(`http://127.0.0.1:${(app.address() as AddressInfo).port}/hook`);
    await page.locator('#target-0').getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('status')).toContainText('saved');
    await emulator.post('act', { kind: 'revoke', client_key: APP.clientKey, username: 'ana.makes' });
    const row = page.locator('#webhooks tbody tr');
    await expect(row).toContainText('authorization.removed');
    await expect(row).toContainText('500');
    await expect(row).toContainText('next attempt in');
    await emulator.advance(61_000);
    await expect(row).toContainText('delivered');
  } finally {
    await new Promise((done) => app.close(done));
  }
});

test('the skip link and the buttons work with the keyboard', async ({ page }) => {
  await open(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: '+1 min' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toContainText('advanced');
});

test('the console shows that the emulator has stopped', async ({ page, emulator }, info) => {
  info.annotations.push({ type: 'rejected calls' });
  await open(page, 'posts');
  await emulator.stop();
  await expect(page.locator('#lost')).toBeVisible();
});
