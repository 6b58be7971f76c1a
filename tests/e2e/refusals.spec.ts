import { writeFile } from 'node:fs/promises';
// @ts-expect-error a plain module of the repository's scripts
import { writeMp4 } from '../../scripts/lib/mp4.mjs';
import {
  ACCOUNTS,
  accountRows,
  as,
  connect,
  CONNECT,
  dashboard,
  emulator,
  expect,
  heldCallback,
  query,
  signIn,
  test,
  toConsent,
} from './world.js';

test('a denial at TikTok shows words and creates no account', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await toConsent(page);
  await page.click('#deny');
  await expect(page).toHaveURL(new RegExp(`${ACCOUNTS}\\?error=`));
  await expect(page.getByRole('alert').first()).toContainText(/declined|denied|refused|did not/i);
  await expect(page.getByText('No TikTok account yet')).toBeVisible();
  expect(await accountRows()).toEqual([]);
});

test('a viewer is refused on connect, in words', async ({ page }) => {
  await signIn(page, 'Victor Vance');
  await page.goto(ACCOUNTS);
  await expect(page.getByRole('link', { name: /Connect/ })).toHaveCount(0);
  const response = await page.request.get(CONNECT, { maxRedirects: 0 });
  expect(response.status()).toBe(403);
  expect(((await response.json()) as { error: string }).error).toContain('VIEWER');
});

test('a person who lost the permission meanwhile is refused on the callback', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  const callback = await heldCallback(page);
  await query(`UPDATE workspace_members SET role = 'VIEWER' WHERE "workspaceId" = 'ws_acme' AND "userId" = 'user_olivia'`);
  await page.goto(callback);
  await expect(page).toHaveURL(new RegExp(ACCOUNTS));
  await expect(page.getByRole('alert').first()).toContainText('VIEWER');
  expect(await accountRows()).toEqual([]);
});

test('a callback that was begun in another browser is refused', async ({ page, browser }) => {
  await signIn(page, 'Olivia Ortega');
  const callback = await heldCallback(page);
  for (const person of ['Olivia Ortega', 'Victor Vance'] as const) {
    const other = await as(browser, person);
    await other.goto(callback);
    await expect(other.getByRole('alert').first()).toContainText(/not started in this browser/i);
    await other.context().close();
  }
  expect(await accountRows()).toEqual([]);
});

test('a callback is refused for another person in the same browser', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  const callback = await heldCallback(page);
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, 'Victor Vance');
  await page.goto(callback);
  await expect(page.getByRole('alert').first()).toContainText('another person');
  expect(await accountRows()).toEqual([]);
});

test('a callback works once', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  const callback = await heldCallback(page);
  const cookies = await page.context().cookies(callback);
  await page.goto(callback);
  await expect(page).toHaveURL(/connected=tiktok/);
  const before = await query('SELECT "accessTokenEncrypted" FROM social_accounts');
  // Also for one who kept the cookie, which the first use removes.
  await page.context().addCookies(cookies);
  await page.goto(callback);
  await expect(page).toHaveURL(/error=/);
  await expect(page.getByRole('alert').first()).toBeVisible();
  expect(await query('SELECT "accessTokenEncrypted" FROM social_accounts')).toEqual(before);
});

test('a person who is signed out is sent to sign in by the callback, and gets 401 elsewhere', async ({ page }) => {
  await page.goto('/api/social/tiktok/callback?code=x&state=y');
  await expect(page).toHaveURL(`${dashboard()}/login?error=Unauthorized`);
  await expect(page.getByRole('alert').first()).toContainText('signed out');
  for (const path of [CONNECT, '/api/social/tiktok/metrics?accountId=x', '/api/social/tiktok/publish/events?jobId=x']) {
    expect((await page.request.get(path, { maxRedirects: 0 })).status()).toBe(401);
  }
});

test('a login that begins on another site is refused', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  const evil = 'http://evil.localhost:1/';
  await page.route(evil, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${dashboard()}${CONNECT}">a present</a>` }),
  );
  await page.goto(evil);
  const answered = page.waitForResponse((response) => response.url().includes('/tiktok/connect'));
  await page.getByText('a present').click();
  expect((await answered).status()).toBe(403);
});

test('a change that another origin asks for is refused', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  const [row] = await accountRows();
  const response = await page.request.post('/api/social/tiktok/disconnect', {
    headers: { origin: 'https://evil.test' },
    data: { accountId: row?.accountId, workspaceId: 'ws_acme' },
  });
  expect(response.status()).toBe(403);
  expect(await accountRows()).toHaveLength(1);
});

test('figures need the account, a membership and a connection that works', async ({ page, browser }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  const [row] = await accountRows();
  const metrics = (id: string) => page.request.get(`/api/social/tiktok/metrics?accountId=${id}`);
  expect((await page.request.get('/api/social/tiktok/metrics')).status()).toBe(400);
  expect((await metrics('nobody')).status()).toBe(404);
  const figures = (await (await metrics(row?.accountId ?? '')).json()) as { metrics: Record<string, number> };
  expect(figures.metrics.followers).toBeGreaterThan(0);
  await query(`UPDATE social_accounts SET "workspaceId" = 'ws_beta'`);
  await query(`DELETE FROM workspace_members WHERE "workspaceId" = 'ws_beta' AND "userId" = 'user_olivia'`);
  try {
    expect((await metrics(row?.accountId ?? '')).status()).toBe(403);
    const victor = await as(browser, 'Victor Vance');
    await query(`UPDATE social_accounts SET status = 'EXPIRED'`);
    const ended = await victor.request.get(`/api/social/tiktok/metrics?accountId=${row?.accountId}`);
    expect(ended.status()).toBe(404);
    await victor.context().close();
  } finally {
    await query(`INSERT INTO workspace_members VALUES ('ws_beta', 'user_olivia', 'VIEWER') ON CONFLICT DO NOTHING`);
  }
});

test('a text file named .mp4 is refused in words, and the form is still filled', async ({ page }, info) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  const file = info.outputPath('notes.mp4');
  await writeFile(file, 'this is no video\n'.repeat(100));
  await page.goto('/orbit/acme/tiktok/post');
  await page.getByLabel('Video', { exact: true }).setInputFiles(file);
  await page.getByLabel('Caption').fill('Notes');
  await page.getByLabel('Who can see this video').selectOption('SELF_ONLY');
  await page.getByRole('button', { name: 'Post to TikTok' }).click();
  await expect(page.getByRole('alert').first()).toContainText(/MP4|video/i);
  await expect(page.getByLabel('Caption')).toHaveValue('Notes');
  const { posts } = await emulator<{ posts: { title: string }[] }>('state');
  expect(posts.filter((post) => post.title === 'Notes')).toEqual([]);
});

test('a caption over 2200 UTF-16 units cannot be posted', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  await page.goto('/orbit/acme/tiktok/post');
  await page.getByLabel('Caption').fill('🎬'.repeat(1101));
  await expect(page.getByText('2202 / 2200')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Post to TikTok' })).toBeDisabled();
});

test('a post is cancelled while it is sent, and nothing is posted', async ({ page }, info) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  const file = info.outputPath('long.mp4');
  await writeMp4(file, { bytes: 5_000_000, seconds: 4 });
  await page.goto('/orbit/acme/tiktok/post');
  await page.getByLabel('Video', { exact: true }).setInputFiles(file);
  await page.getByLabel('Caption').fill('Never posted');
  await page.getByLabel('Who can see this video').selectOption('SELF_ONLY');
  await emulator('faults', [{ endpoint: 'upload', delay_ms: 60_000, status: 500 }]);
  try {
    await page.getByRole('button', { name: 'Post to TikTok' }).click();
    await expect(page.locator('[data-phase=sending]')).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByRole('alert').first()).toContainText(/cancel/i);
  } finally {
    await emulator('faults', []);
  }
  const { posts } = await emulator<{ posts: { title: string; status: string }[] }>('state');
  expect(posts.filter((post) => post.title === 'Never posted' && post.status === 'PUBLISH_COMPLETE')).toEqual([]);
});

test('a creator who may not post is told so before a file is chosen', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page, 'cleo.banned');
  await page.goto('/orbit/acme/tiktok/post');
  await expect(page.getByRole('alert').first()).toContainText(/ban|block|not allowed|may not/i);
  await expect(page.getByLabel('Video', { exact: true })).toHaveCount(0);
});
