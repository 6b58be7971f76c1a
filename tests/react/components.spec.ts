import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { bundleLibrary } from './bundle.js';
import { expect, fill, publishButton, test, writeNotes } from './world.js';

const whatPageSaw = (page: Page) => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);

test('the page runs the React version of the project', async ({ page, open, react }) => {
  await open('connect');
  await expect(page.locator('main')).toHaveAttribute('data-react', new RegExp(`^${react}\\.`));
});

test('toklink/react has less than 12 kB gzipped without charts', async () => {
  const size = gzipSync(await bundleLibrary()).byteLength;
  console.log(`toklink/react: ${size} bytes gzipped`);
  expect(size).toBeLessThan(12_000);
});

test('the connect button links to the route of its workspace', async ({ page, open }) => {
  await open('connect');
  const link = page.getByRole('link', { name: 'Connect TikTok' });
  await expect(link).toHaveAttribute('href', '/api/social/tiktok/connect?workspaceId=ws1&workspaceSlug=acme');
});

test('the login notice reads the URL until it is dismissed', async ({ page, open }) => {
  await open('login');
  await expect(page.getByRole('button', { name: 'Dismiss' })).toHaveCount(0);
  const address = new URL(page.url());
  for (const [role, query, words] of [
    ['status', { connected: 'tiktok', accountId: 'open-1', missing: 'video.list' }, 'Connected TikTok.'],
    ['alert', { error: 'UNAUTHORIZED' }, /login expired/],
  ] as const) {
    const arrived = new URL(address);
    for (const [name, value] of Object.entries(query)) arrived.searchParams.set(name, value);
    await page.goto(arrived.href);
    await expect(page.getByRole(role).filter({ hasText: words })).toBeVisible();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(page.getByRole(role)).toHaveCount(0);
    expect(page.url()).toBe(address.href);
    await page.reload();
    await expect(page.getByRole(role)).toHaveCount(0);
  }
});

test('the trends notice links to the Business Center', async ({ page, open }) => {
  await open('trends');
  await expect(page.getByText(/only through its API for Business/)).toBeVisible();
  await expect(page.getByRole('link', { name: /Business Center/ })).toHaveAttribute('href', /^https:\/\/business\.tiktok\.com/);
});

test('an account card shows names but no ids', async ({ page, open }) => {
  await open('nameless');
  const card = page.getByRole('article', { name: '@ana.makes' });
  await expect(card).toContainText('connected');
  await expect(card).not.toContainText(/user_cm4x9|open-id| by /);
});

test('an account is disconnected only after a confirmation', async ({ page, open }) => {
  await open('card');
  await expect(page.getByText('Expired', { exact: true })).toBeVisible();
  await expect(page.getByText(/connection has expired/)).toBeVisible();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disconnect Ana Makes' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  expect(await whatPageSaw(page)).toEqual([]);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await dialog.getByRole('button', { name: 'Disconnect account' }).click();
  await expect.poll(() => whatPageSaw(page)).toEqual(['disconnected']);
});

test('the quota meter warns at 80, 95 and 100 percent', async ({ page, open, host }) => {
  await open('quota');
  const statusReads = page.locator('[data-quota=publishStatus]');
  await expect(statusReads.getByText('30 of 30')).toBeVisible();
  await expect(statusReads.getByRole('status')).toHaveCount(0);
  const account = new URL(page.url()).searchParams.get('account') ?? '';
  for (const [spent, left, words] of [
    [24, '6 of 30', 'running low'],
    [5, '1 of 30', 'nearly used up'],
    [1, '0 of 30', 'used up; resets at'],
  ] as const) {
    host.spend(account, 'publishStatus', spent);
    await page.reload();
    await expect(statusReads.getByText(left)).toBeVisible();
    await expect(statusReads.getByRole('status')).toContainText(words);
  }
});

test('charts show gaps for missing days and a table', async ({ page, open }) => {
  await open('charts');
  const rows = page.getByRole('table', { name: 'Followers by day' }).getByRole('row');
  await expect(rows).toHaveText([/Day/, /Jan 11K/, /Jan 21.1K/, /Jan 41.4K/]);
  await expect(page.locator('.recharts-area-curve').first()).toBeVisible();
});

test('a draft needs no audience and reaches the inbox', async ({ page, open, clip, host }) => {
  await open('composer', { drafts: true, title: 'To be finished' });
  await page.getByLabel('Video', { exact: true }).setInputFiles(clip);
  await page.getByLabel(/as a draft/).check();
  await page.getByRole('button', { name: 'Send to inbox' }).click();
  await expect(page.getByText('Sent to the creator’s TikTok inbox.')).toBeVisible({ timeout: 40_000 });
  const posts = await host.emulator.posts();
  expect(posts.map(({ status }) => status)).toContain('SEND_TO_USER_INBOX');
  expect(await whatPageSaw(page)).toEqual(['SEND_TO_USER_INBOX']);
});

test('a photo post offers only the comment setting', async ({ page, open, host }) => {
  await open('photos');
  await page.getByLabel('Title').fill('Two photos');
  await page.getByLabel('Who can see this post').selectOption('SELF_ONLY');
  await page.getByRole('checkbox', { name: 'Allow Comment' }).check();
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  const posts = await host.emulator.posts();
  expect(posts.filter((post) => post['title'] === 'Two photos')).toMatchObject([{ disable_comment: false }]);
});

test('a form that is submitted twice at once posts once', async ({ page, open, host }) => {
  await open('photos');
  await page.getByLabel('Title').fill('Submitted twice');
  await page.getByLabel('Who can see this post').selectOption('SELF_ONLY');
  await expect(publishButton(page)).toBeEnabled();
  await page.locator('form').evaluate((form: HTMLFormElement) => (form.requestSubmit(), form.requestSubmit()));
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 20_000 });
  const posts = async () => (await host.emulator.posts()).filter((post) => post['title'] === 'Submitted twice');
  await expect.poll(async () => (await posts()).every((post) => post.status === 'PUBLISH_COMPLETE')).toBe(true);
  expect(await posts()).toHaveLength(1);
});

test('the form follows a post that the server already has', async ({ page, open, clip, host }) => {
  const jobId = '00000000-0000-4000-8000-000000000001';
  await page.addInitScript((id) => void Object.assign(crypto, { randomUUID: () => id }), jobId);
  await open('composer');
  await fill(page, clip);
  const accountId = new URL(page.url()).searchParams.get('account') ?? '';
  await host.emulator.faults({ endpoint: 'creator_info', delay_ms: 5_000, times: 1 });
  const query = new URLSearchParams({ accountId, workspaceId: 'ws1', jobId });
  const first = await page.request.post(`${host.url}/api/social/tiktok/publish/photos?${query}`, {
    headers: { origin: host.url },
    data: { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' },
  });
  expect(first.status()).toBe(202);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await publishButton(page).click();
  expect((await answered).status()).toBe(409);
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 20_000 });
});

test('photos with a lost response are posted once', async ({ page, open, host }) => {
  await open('photos');
  await page.getByLabel('Title').fill('Pressed twice');
  await page.getByLabel('Who can see this post').selectOption('SELF_ONLY');
  await host.emulator.faults({ endpoint: 'creator_info', delay_ms: 5_000, times: 1 });
  let lost = 0;
  await page.route(/publish\/photos/, async (route) => {
    if (lost > 0) return route.fallback();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  const published = async () => (await host.emulator.posts()).filter((post) => post['title'] === 'Pressed twice');
  await publishButton(page).click();
  await expect(page.getByRole('alert')).toContainText('did not respond');
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 20_000 });
  expect((await published()).map(({ status }) => status)).toEqual(['PUBLISH_COMPLETE']);
});

test('an invalid file is rejected and the form keeps its values', async ({ page, open }) => {
  await open('composer', { title: 'Notes' });
  await fill(page, await writeNotes(test.info().outputPath('notes.mp4')));
  await publishButton(page).click();
  await expect(page.getByRole('alert')).toContainText(/MP4/, { timeout: 20_000 });
  await expect(page.getByLabel('Caption')).toHaveValue('Notes');
  await expect(page.getByLabel('Who can see this post')).toHaveValue('SELF_ONLY');
});

test('a failed post that is sent again is posted once', async ({ page, open, clip, host }) => {
  await open('composer', { title: 'Once only' });
  await fill(page, clip);
  const names: (string | null)[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith('/publish')) names.push(url.searchParams.get('jobId'));
  });
  await host.emulator.faults({ endpoint: 'upload', status: 403, times: 0 });
  await publishButton(page).click();
  await expect(page.getByRole('alert')).toBeVisible({ timeout: 20_000 });
  await host.emulator.faults();
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  expect(names).toHaveLength(2);
  expect(names[0]).toBe(names[1]);
  const posts = await host.emulator.posts();
  const published = posts.filter((post) => post['title'] === 'Once only' && post.status === 'PUBLISH_COMPLETE');
  expect(published).toHaveLength(1);
});

test('the caption counter counts each line break once', async ({ page, open }) => {
  await open('composer', { title: 'a\r\nb\rc' });
  await expect(page.getByText('5 / 2200')).toBeVisible();
});

test('the form explains that a cover needs a public post', async ({ page, open, clip }) => {
  await open('composer');
  await fill(page, clip);
  await page.getByRole('button', { name: 'Use this frame as cover' }).click();
  const hint = page.getByText('TikTok uses the cover only when everyone can see the post.');
  await expect(hint).toBeVisible();
  await page.getByLabel('Who can see this post').selectOption('PUBLIC_TO_EVERYONE');
  await expect(hint).toHaveCount(0);
});

test('an upload continues after two broken connections', async ({ page, open, clip, host }) => {
  await open('composer', { title: 'Broken twice' });
  await fill(page, clip);
  const sent: string[] = [];
  page.on('request', (request) => {
    const method = request.method();
    if (new URL(request.url()).pathname.endsWith('/publish') && method !== 'GET') sent.push(`${method} ${request.headers()['upload-offset'] ?? ''}`);
  });
  host.breaks = [1_000_000, 500_000];
  await publishButton(page).click();
  await expect(page.getByText('Connection lost. Trying again…')).toBeVisible();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  expect(sent).toEqual(['POST ', expect.stringMatching(/^PATCH [1-9]/), expect.stringMatching(/^PATCH [1-9]/)]);
  const posts = (await host.emulator.posts()).filter((post) => post['title'] === 'Broken twice');
  const sha256 = createHash('sha256').update(await readFile(clip)).digest('hex');
  expect(posts).toMatchObject([{ status: 'PUBLISH_COMPLETE', bytes_received: 3_000_000, sha256 }]);
});

for (const { title, status, code } of [
  { title: 'Forgotten', status: 404, code: 'NOT_FOUND' },
  { title: 'Elsewhere', status: 409, code: 'ELSEWHERE' },
]) test(`an upload restarts if the server reports ${code}`, async ({ page, open, clip, host }) => {
  await open('composer', { title });
  await fill(page, clip);
  const names = new Set<string | null>();
  page.on('request', (request) => names.add(new URL(request.url()).searchParams.get('jobId')));
  host.breaks = [1_000_000];
  await page.route(/publish\?.*jobId=/, (route) => route.request().method() !== 'GET' ? route.continue() : route.fulfill({ status, json: { error: 'not known', code } }));
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  names.delete(null);
  expect(names.size).toBe(1);
  const posts = (await host.emulator.posts()).filter((post) => post['title'] === title);
  expect(posts.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toHaveLength(1);
});

test('an upload continues in the next server process', async ({ page, open, clip, host }) => {
  await open('composer', { title: 'Deployed' });
  await fill(page, clip);
  let answered = false;
  await page.route(/publish\?.*jobId=/, (route) => {
    if (route.request().method() !== 'POST' || answered) return route.fallback();
    answered = true;
    return route.fulfill({ status: 503, json: { error: 'the client was closed', code: 'CLOSED' } });
  });
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole('alert')).toHaveCount(0);
  const posts = (await host.emulator.posts()).filter((post) => post['title'] === 'Deployed');
  expect([answered, posts.filter(({ status }) => status === 'PUBLISH_COMPLETE').length]).toEqual([true, 1]);
});

test('an upload that reaches another instance restarts', async ({ page, open, clip, host }) => {
  await open('composer', { title: 'Rest elsewhere' });
  await fill(page, clip);
  host.breaks = [1_000_000];
  await page.route(/publish\?.*jobId=/, (route) =>
    route.request().method() === 'PATCH' ? route.fulfill({ status: 409, json: { error: 'elsewhere', code: 'ELSEWHERE' } }) : route.continue(),
  );
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 40_000 });
  const posts = (await host.emulator.posts()).filter((post) => post['title'] === 'Rest elsewhere');
  expect(posts.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toHaveLength(1);
});

test('the form retries until the instance finds the post', async ({ page, open }) => {
  await open('photos');
  await page.getByLabel('Who can see this post').selectOption('SELF_ONLY');
  let asked = 0;
  await page.route(/publish\/events/, (route) => {
    asked += 1;
    return asked <= 3 ? route.fulfill({ status: 404, json: { error: 'not known', code: 'NOT_FOUND' } }) : route.continue();
  });
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(asked).toBeGreaterThan(3);
});

test('a cancel is retried until the server finds the post', async ({ page, open, clip }) => {
  await open('composer', { title: 'Cancelled elsewhere' });
  await fill(page, clip);
  const bodies: unknown[] = [];
  await page.route(/publish\/cancel/, (route) => {
    bodies.push(route.request().postDataJSON());
    return bodies.length === 1 ? route.fulfill({ status: 404, json: { error: 'not known', code: 'NOT_FOUND' } }) : route.fulfill({ status: 202, json: {} });
  });
  await page.route(/publish\/events/, () => {});
  await page.route(/publish\?/, () => {});
  await publishButton(page).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => bodies.length).toBe(2);
  expect(bodies[1]).toMatchObject({ jobId: expect.any(String), accountId: expect.any(String), workspaceId: 'ws1' });
});

test('an interrupted post can be sent again', async ({ page, open }) => {
  await open('photos');
  await page.getByLabel('Who can see this post').selectOption('SELF_ONLY');
  const names = new Set<string | null>();
  page.on('request', (request) => names.add(new URL(request.url()).searchParams.get('jobId')));
  let asked = 0;
  const words = 'The server that sent this post stopped. Send it again.';
  await page.route(/publish\/events/, (route) => {
    asked += 1;
    const body = `event: failure\ndata: ${JSON.stringify({ error: words, code: 'INTERRUPTED' })}\n\n`;
    return asked === 1 ? route.fulfill({ contentType: 'text/event-stream', body }) : route.continue();
  });
  await publishButton(page).click();
  await expect(page.getByText(words)).toBeVisible();
  await publishButton(page).click();
  await expect(page.getByText('Posted to TikTok.')).toBeVisible({ timeout: 20_000 });
  names.delete(null);
  expect(names.size).toBe(1);
});

test('an upload cancelled while interrupted is not posted', async ({ page, open, clip, host }) => {
  await open('composer', { title: 'Cancelled in between' });
  await fill(page, clip);
  host.breaks = [1_000_000];
  await publishButton(page).click();
  await expect(page.getByText('Connection lost. Trying again…')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alert')).toContainText(/cancel/i, { timeout: 20_000 });
  const posts = (await host.emulator.posts()).filter((post) => post['title'] === 'Cancelled in between');
  expect(posts.filter(({ status }) => status === 'PUBLISH_COMPLETE')).toEqual([]);
});

test('an upload cancelled before its first event is stopped', async ({ page, open, clip, host }) => {
  await open('composer', { title: 'Cancelled early' });
  await fill(page, clip);
  let jobId: string | null = null;
  page.on('request', (request) => (jobId ??= new URL(request.url()).searchParams.get('jobId')));
  await page.route(/publish\/events/, () => {});
  const network = await page.context().newCDPSession(page);
  // At 100 kB/s, the upload takes half a minute.
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 });
  await publishButton(page).click();
  const state = async () => (await (await page.request.get(`${host.url}/api/social/tiktok/publish?jobId=${jobId}`)).json()).state;
  await expect.poll(state).toBe('receiving');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alert')).toContainText(/cancel/i);
  await expect.poll(state).toBe('ended');
});

test('the whole form can be used with the keyboard', async ({ page, open }) => {
  await open('composer');
  const order: string[] = [];
  await page.getByLabel('Video', { exact: true }).focus();
  for (let step = 0; step < 9; step += 1) {
    order.push(await page.evaluate(() => document.activeElement?.getAttribute('name') ?? document.activeElement?.tagName ?? ''));
    await page.keyboard.press('Tab');
  }
  // The focus skips Stitch, which this creator has disabled. The button is disabled until a video is chosen.
  expect(order).toEqual(['INPUT', 'TEXTAREA', 'privacyLevel', 'allowComment', 'allowDuet', 'isAigc', 'commercial', 'A', expect.any(String)]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`components are accessible in ${colorScheme} mode`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme });
    for (const show of ['composer', 'photos', 'quota', 'card', 'connect', 'trends', 'progress', 'charts']) {
      await open(show, { drafts: true });
      await expect(page.getByRole('status').filter({ hasText: /Loading/ })).toHaveCount(0);
      if (show === 'composer') await page.getByRole('switch').check();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${show}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    }
  });
}
