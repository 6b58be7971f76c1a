import { ACCOUNTS, accountRows, as, CONNECT, dashboard, expect, heldCallback, query, signIn, type Person } from '../world.js';
import { Given, Then, When } from './scenario.js';

const given = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('A step before this one should have left this.');
  return value;
};

Then('no link lets me connect', ({ page }) => expect(page.getByRole('link', { name: /connect/i })).toHaveCount(0));
Then('a connect request returns {int} and names my role {string}', async ({ page }, status: number, role: string) => {
  const response = await page.request.get(CONNECT, { maxRedirects: 0 });
  expect(response.status()).toBe(status);
  expect(((await response.json()) as { error: string }).error).toContain(role);
});

Given('I have consented on the TikTok page and the callback is not opened yet', async ({ page, told }) => {
  told.callback = await heldCallback(page);
});
Given('my cookies are kept', async ({ page, told }) => {
  told.cookies = await page.context().cookies(given(told.callback));
});
When('my role becomes {string}', async ({}, role: string) => {
  // The role is part of the SQL text, because the enum column accepts no text parameter.
  expect(['OWNER', 'ADMIN', 'MEMBER', 'VIEWER']).toContain(role);
  await query(`UPDATE workspace_members SET role = '${role}' WHERE "workspaceId" = 'ws_acme' AND "userId" = 'user_olivia'`);
});
When('I open the callback', async ({ page, told }) => {
  await page.goto(given(told.callback));
  told.stored = await query('SELECT "accessTokenEncrypted" FROM social_accounts');
});
When('I open the callback again with the kept cookies', async ({ page, told }) => {
  // The first use removed the cookie, so the test restores it.
  await page.context().addCookies(given(told.cookies));
  await page.goto(given(told.callback));
});
Then('the stored tokens are unchanged', async ({ told }) => {
  expect(await query('SELECT "accessTokenEncrypted" FROM social_accounts')).toEqual(told.stored);
});
When('I open the callback with another state', async ({ page, told }) => {
  const callback = new URL(given(told.callback));
  callback.searchParams.set('state', 'x'.repeat(given(callback.searchParams.get('state')?.length)));
  await page.goto(callback.href);
});
When('{string} opens the callback in another browser', async ({ browser, told }, person: string) => {
  told.other = await as(browser, person as Person);
  await told.other.goto(given(told.callback));
});
Then('that browser shows the error {string}', async ({ told }, words: string) => {
  await expect(given(told.other).getByRole('alert').first()).toContainText(new RegExp(words, 'i'));
});
When('I sign out and {string} signs in', async ({ page }, person: string) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, person as Person);
});
Then('I see the error {string} on the accounts page', async ({ page }, words: string) => {
  await expect(page).toHaveURL(new RegExp(ACCOUNTS));
  await expect(page.getByRole('alert').first()).toContainText(words);
});

When('I open a callback', async ({ page }) => {
  await page.goto('/api/social/tiktok/callback?code=x&state=y');
});
Then('the routes return 401', async ({ page }) => {
  for (const path of [CONNECT, '/api/social/tiktok/metrics?accountId=x', '/api/social/tiktok/publish/events?jobId=x']) {
    expect((await page.request.get(path, { maxRedirects: 0 })).status()).toBe(401);
  }
});

When('I follow a link to the connect route from another site', async ({ page, told }) => {
  const evil = 'http://evil.localhost:1/';
  const link = `<a href="${dashboard()}${CONNECT}">a present</a>`;
  await page.route(evil, (route) => route.fulfill({ contentType: 'text/html', body: link }));
  await page.goto(evil);
  const answered = page.waitForResponse((response) => response.url().includes('/tiktok/connect'));
  await page.getByText('a present').click();
  told.status = (await answered).status();
});
When('another origin asks to disconnect it', async ({ page, told }) => {
  const [row] = await accountRows();
  const response = await page.request.post('/api/social/tiktok/disconnect', {
    headers: { origin: 'https://evil.test' },
    data: { accountId: row?.accountId, workspaceId: 'ws_acme' },
  });
  told.status = response.status();
});
Then('that request returns {int}', ({ told }, status: number) => expect(told.status).toBe(status));

Then('the workspace {string} shows only the account {string}', async ({ page }, slug: string, username: string) => {
  await page.goto(`/orbit/${slug}/settings/accounts`);
  await expect(page.getByRole('article')).toHaveCount(1);
  await expect(page.getByRole('article')).toContainText(`@${username}`);
});
Then('a metrics request in {string} for the account of {string} returns {int}', async ({ page }, here: string, there: string, status: number) => {
  const [row] = await query<{ accountId: string }>('SELECT "accountId" FROM social_accounts WHERE "workspaceId" = $1', [`ws_${there}`]);
  const path = `/api/social/tiktok/metrics?accountId=${row?.accountId}&workspaceId=ws_${here}`;
  expect((await page.request.get(path)).status()).toBe(status);
});

When('I disconnect it', async ({ page }) => {
  await page.goto(ACCOUNTS);
  await page.getByRole('button', { name: /^Disconnect/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Disconnect/ }).click();
  await expect(page.getByRole('article')).toHaveCount(0);
});
