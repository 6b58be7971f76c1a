import type { Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { writeMp4 } from '../../scripts/lib/mp4.mjs';
import { accountRows, connect, emulator, expect, query, signIn, test } from './world.js';

const TITLE = 'From the dashboard 🎬 #toklink';

interface Post {
  title: string;
  sha256: string;
  bytes_received: number;
  privacy_level: string;
  disable_comment: boolean;
  disable_duet: boolean;
}

/** Records each phase that the page shows. */
async function watchPhases(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seenPhases: seen });
    new MutationObserver(() => {
      const phase = document.querySelector('[data-phase]')?.getAttribute('data-phase');
      if (phase && seen.at(-1) !== phase) seen.push(phase);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  return () => page.evaluate(() => (window as unknown as { seenPhases: string[] }).seenPhases);
}

/** Reads the remaining uploads of the day. The account may have posted in other tests. */
async function uploadsLeft(page: Page): Promise<number> {
  const [account] = await accountRows();
  const response = await page.request.get(`/api/social/tiktok/quota?accountId=${account?.accountId}`);
  const { quota } = (await response.json()) as { quota: { kind: string; remaining: number }[] };
  return quota.find((each) => each.kind === 'videoUpload')?.remaining ?? Number.NaN;
}

test('a user connects, posts, and sees progress and metrics', async ({ page }, info) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  await expect(page.getByText('Connected Ana.')).toBeVisible();
  const card = page.getByRole('article', { name: 'Ana' });
  await expect(card.getByText('ACTIVE')).toBeVisible();
  await expect(card.getByText('@ana.makes')).toBeVisible();

  const [row] = await query<Record<string, string>>('SELECT * FROM social_accounts');
  expect(row).toMatchObject({ platform: 'TIKTOK', status: 'ACTIVE', workspaceId: 'ws_acme', userId: 'user_olivia' });
  // TikTok's tokens start with these prefixes (docs/tiktok-api.md 0.5). An encrypted token does not contain them.
  expect(`${row?.accessTokenEncrypted} ${row?.refreshTokenEncrypted}`).not.toMatch(/act\.|rft\./);

  const file = info.outputPath('clip.mp4');
  await writeMp4(file, { bytes: 9_000_000, seconds: 6 });
  await page.getByRole('link', { name: 'Post', exact: true }).click();
  await expect(page.getByText('Posting as')).toBeVisible();
  await expect(page.getByText('@ana.makes')).toBeVisible();
  await expect(page.getByLabel('Who can see this post')).toHaveValue('');
  for (const name of ['Allow Comment', 'Allow Duet', 'Allow Stitch']) {
    await expect(page.getByLabel(name)).not.toBeChecked();
  }
  await page.getByLabel('Video', { exact: true }).setInputFiles(file);
  await page.getByLabel('Caption').fill(TITLE);
  await expect(page.getByText(`${TITLE.length} / 2200`)).toBeVisible();
  await page.getByLabel('Who can see this post').selectOption('PUBLIC_TO_EVERYONE');
  await page.getByLabel('Allow Comment').check();

  const left = await uploadsLeft(page);
  const phases = await watchPhases(page);
  await page.getByRole('button', { name: 'Post to TikTok' }).click();
  await expect(page.locator('progress')).toBeVisible();
  await expect(page.locator('[data-outcome=PUBLISH_COMPLETE]')).toBeVisible({ timeout: 90_000 });
  await expect(page.locator('[data-post-id]')).toBeVisible();
  const seen = await phases();
  expect(seen[0]).toBe('uploading');
  expect(seen).toContain('processing');
  const order = ['uploading', 'probing', 'sending', 'processing', 'moderating', 'published'];
  expect(seen).toEqual([...seen].sort((a, b) => order.indexOf(a) - order.indexOf(b)));

  const { posts } = await emulator<{ posts: Post[] }>('state');
  const bytes = await readFile(file);
  expect(posts.filter((post) => post.title === TITLE)).toMatchObject([
    {
      bytes_received: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      privacy_level: 'PUBLIC_TO_EVERYONE',
      disable_comment: false,
      disable_duet: true,
    },
  ]);

  await emulator('clock', { advance_ms: 6 * 3_600_000 });
  await page.getByRole('link', { name: 'View videos' }).click();
  const newest = page.locator('.video').first();
  await expect(newest).toContainText(TITLE);
  await expect(newest.locator('dd').first()).not.toHaveText('0');
  await expect(page.locator('.figure', { hasText: 'Followers' }).locator('dd')).toHaveText(/^[\d,]+$/);
  await expect(page.locator('.figure', { hasText: /^Videos/ }).locator('dd')).toHaveText('46');
  await page.getByRole('button', { name: 'Show older videos' }).click();
  await expect(page.locator('.video')).toHaveCount(40);
  await page.getByText('API limits').click();
  await expect(page.locator('[data-quota=videoUpload]')).toContainText(`${left - 1} of 24`);
});
