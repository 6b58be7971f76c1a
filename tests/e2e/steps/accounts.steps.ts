import { ACCOUNTS, accountRows, dashboard, emulator, expect, query } from '../world.js';
import { Given, requests, Then, When } from './scenario.js';

const APP = 'awtoklinkemu0001';

Given('TikTok sends its webhooks to the dashboard', () =>
  emulator('webhook', { client_key: APP, url: `${dashboard()}/api/social/tiktok/webhook` }),
);
When('the user removes the app in TikTok', async () => {
  // Webhook timestamps have whole seconds. A webhook from the second of the login could concern an earlier connection.
  await emulator('clock', { advance_ms: 2000 });
  await emulator('act', { kind: 'revoke', client_key: APP, username: 'ana.makes' });
});

interface Delivery {
  event: string;
  state: string;
}
Then('TikTok has delivered {string}', async ({}, event: string) => {
  const states = async () => {
    const { webhooks } = await emulator<{ webhooks: Delivery[] }>('webhooks');
    return webhooks.filter((each) => each.event === event).map((each) => each.state);
  };
  await expect.poll(states).toEqual(['delivered']);
});

Then('the account is inactive and can be connected again', async ({ page }) => {
  await expect.poll(accountRows).not.toMatchObject([{ status: 'ACTIVE' }]);
  await page.goto(ACCOUNTS);
  const card = page.getByRole('article', { name: 'Ana' });
  await expect(card).toContainText(/EXPIRED|DISCONNECTED/i);
  await expect(card.getByRole('link', { name: /reconnect/i })).toBeVisible();
});
When('I open the videos page', async ({ page }) => {
  await page.goto('/orbit/acme/tiktok/videos');
});
Then('I see the error {string} with a link to the accounts', async ({ page }, words: string) => {
  const told = page.getByRole('alert').first();
  await expect(told).toContainText(new RegExp(words, 'i'));
  await expect(told.getByRole('link')).toBeVisible();
});
Then('the last request to TikTok is {string}', async ({}, endpoint: string) => {
  expect((await requests()).at(-1)?.endpoint).toBe(endpoint);
});

const METRICS = '/api/social/tiktok/metrics';
Then('a metrics request without an account returns {int}', async ({ page }, status: number) => {
  expect((await page.request.get(METRICS)).status()).toBe(status);
});
Then('a metrics request for an unknown account returns {int}', async ({ page }, status: number) => {
  expect((await page.request.get(`${METRICS}?accountId=unknown`)).status()).toBe(status);
});
Then('a metrics request for my account returns {int}', async ({ page }, status: number) => {
  const [row] = await accountRows();
  expect((await page.request.get(`${METRICS}?accountId=${row?.accountId}`)).status()).toBe(status);
});
When('the account moves to a workspace that I am not in', async () => {
  await query(`UPDATE social_accounts SET "workspaceId" = 'ws_beta'`);
  await query(`DELETE FROM workspace_members WHERE "workspaceId" = 'ws_beta' AND "userId" = 'user_olivia'`);
});
When('the account moves back with an expired connection', async () => {
  await query(`UPDATE social_accounts SET "workspaceId" = 'ws_acme', status = 'EXPIRED'`);
});

Given('the post form was opened {int} times in this minute', async ({ page }, count: number) => {
  const [row] = await accountRows();
  for (let at = 0; at < count; at++) {
    expect((await page.request.get(`/api/social/tiktok/creator?accountId=${row?.accountId}`)).status()).toBe(200);
  }
});
When('I look at the quota', async ({ page }) => {
  // Waits until the post form has sent its own request.
  await expect(page.getByLabel('Caption')).toBeVisible();
  await page.getByText('API limits').click();
});
Then('{string} shows {int} of {int} left, nearly used up', async ({ page }, name: string, left: number, limit: number) => {
  const meter = page.locator('[data-quota=creatorInfo]');
  await expect(meter).toContainText(name);
  await expect(meter).toContainText(`${left} of ${limit}`);
  await expect(meter).toContainText(/nearly used up/i);
});
