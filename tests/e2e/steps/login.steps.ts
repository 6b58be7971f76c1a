import type { Page } from '@playwright/test';
import { ACCOUNTS, accountRows, allow, as, connect, dashboard, emulator, expect, query, signIn, toConsent, type Person } from '../world.js';
import { Given, requests, Then, When } from './scenario.js';

const SEALED = 'SELECT "accessTokenEncrypted", "refreshTokenEncrypted" FROM social_accounts';

Given('I am logged in as a workspace member', ({ page }) => signIn(page, 'Olivia Ortega'));
Given('I am logged in as {string}', ({ page }, person: string) => signIn(page, person as Person));
Given('I am on the workspace settings page', async ({ page }) => {
  await page.goto(ACCOUNTS);
});

Given('I have a connected TikTok account', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
});

Given('I have connected {string}', async ({ page }, username: string) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page, username);
});

Given('{string} has connected {string} in the workspace {string}', async ({ browser }, person: string, user: string, slug: string) => {
  const page = await as(browser, person as Person);
  await connect(page, user, slug);
  await page.context().close();
});

When('I click {string}', ({ page }, name: string) => page.getByRole('link', { name }).first().click());
When('I initiate TikTok connection', ({ page }) => toConsent(page));

Then('I should be redirected to TikTok authorization page', ({ page }) => expect(page.locator('#consent')).toBeVisible());
When('TikTok redirects back with authorization code', ({ page }) => allow(page, 'ana.makes'));
When('I consent as {string}', ({ page }, username: string) => allow(page, username));
When('TikTok returns an error {string}', async ({ page }, code: string) => {
  const back = page.waitForRequest((request) => request.url().includes('/tiktok/callback?'));
  await page.click('#deny');
  expect(new URL((await back).url()).searchParams.get('error')).toBe(code);
});

Then('my TikTok account should be connected', async () => {
  expect(await accountRows()).toMatchObject([{ status: 'ACTIVE', workspaceId: 'ws_acme', userId: 'user_olivia' }]);
});

Then('I should see my TikTok profile information', async ({ page }) => {
  const card = page.getByRole('article', { name: 'Ana' });
  await expect(card.getByText('@ana.makes')).toBeVisible();
});

Then('the account status should be {string}', async ({ page }, status: string) => {
  await expect(page.getByRole('article', { name: 'Ana' })).toContainText(new RegExp(status, 'i'));
  expect(await accountRows()).toMatchObject([{ status }]);
});

Then('its tokens are encrypted in the database', async () => {
  const [row] = await query<Record<string, string>>(SEALED);
  expect(row?.accessTokenEncrypted).toBeTruthy();
  // TikTok's tokens start with these prefixes (docs/tiktok-api.md 0.5). An encrypted token does not contain them.
  expect(`${row?.accessTokenEncrypted} ${row?.refreshTokenEncrypted}`).not.toMatch(/act\.|rft\./);
});

Then('I should see an error message', async ({ page }) => {
  await expect(page).toHaveURL(/error=/);
  await expect(page.getByRole('alert').first()).toContainText(/\w+ \w+ \w+/);
});

Then('no account should be created', async () => expect(await accountRows()).toEqual([]));

Then('its row should remain without tokens', async () => {
  const blanked = { status: 'DISCONNECTED', accessTokenEncrypted: '', refreshTokenEncrypted: null };
  expect(await accountRows()).toMatchObject([blanked]);
});

Given('the access token is expired', async ({ told, page }) => {
  const [row] = await accountRows();
  told.stored = await query(SEALED);
  told.body = row?.accountId;
  await page.goto(ACCOUNTS);
  // After a day, TikTok treats the token as expired. The row is changed to match.
  await emulator('clock', { advance_ms: 25 * 3_600_000 });
  await query(`UPDATE social_accounts SET "tokenExpiresAt" = now() - interval '1 hour'`);
  told.seq = (await requests()).at(-1)?.seq ?? 0;
});

When('I try to fetch TikTok metrics', async ({ page, told }) => {
  const response = await page.request.get(`/api/social/tiktok/metrics?accountId=${String(told.body)}`);
  told.status = response.status();
  told.body = await response.json();
});

Then('the system should refresh the token automatically', async ({ told }) => {
  const since = (await requests()).filter((each) => each.seq > (told.seq ?? 0));
  expect(since.filter((each) => each.endpoint === 'token')).toMatchObject([{ status: 200 }]);
  expect(await query(SEALED)).not.toEqual(told.stored);
  expect(await accountRows()).toMatchObject([{ status: 'ACTIVE' }]);
});

Then('the metrics should be retrieved successfully', ({ told }) => {
  expect(told.status).toBe(200);
  expect((told.body as { metrics: { followers: number } }).metrics.followers).toBeGreaterThan(0);
});

When('I go to TikTok in two tabs', async ({ page, told }) => {
  told.other = await page.context().newPage();
  await toConsent(page);
  await toConsent(told.other);
});
When('I consent in the first tab as {string}', ({ page }, username: string) => allow(page, username));
When('I consent in the second tab as {string}', ({ told }, username: string) => allow(tab(told), username));
Then('both accounts are connected', async ({ told }) => {
  await tab(told).goto(ACCOUNTS);
  await expect(tab(told).getByRole('article')).toHaveCount(2);
  expect(await accountRows()).toMatchObject([{ status: 'ACTIVE' }, { status: 'ACTIVE' }]);
});

const tab = (told: { other?: Page }): Page => {
  if (told.other === undefined) throw new Error('No step has opened another tab.');
  return told.other;
};

When("I go back to TikTok's page and consent as {string}", async ({ page }, username: string) => {
  await page.goBack();
  await expect(page.locator('#consent')).toBeVisible();
  await page.selectOption('#username', username);
  await page.click('#allow');
});

Then('only {string} is connected', async ({ page }, username: string) => {
  await page.goto(ACCOUNTS);
  await expect(page.getByRole('article')).toHaveCount(1);
  await expect(page.getByRole('article')).toContainText(`@${username}`);
});

Then('I am asked to sign in', async ({ page }) => {
  await expect(page).toHaveURL(`${dashboard()}/login?error=Unauthorized`);
  await expect(page.getByRole('alert').first()).toContainText('signed out');
});
