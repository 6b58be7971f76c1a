import { ACCOUNTS, emulator, expect, query } from '../world.js';
import { Given, Then, When } from './scenario.js';

const OPERATORS = '/admin/social-media/tiktok';

Given('nothing was counted yet', () => query('DELETE FROM tiktok_tallies'));
Given('a user denied consent', async ({ page }) => {
  await page.goto(ACCOUNTS);
  await page.getByRole('link', { name: 'Connect another' }).click();
  await page.click('#deny');
  await expect(page).toHaveURL(/error=/);
});
Given("a post failed because of TikTok", async ({ page }) => {
  await emulator('faults', [{ endpoint: 'content_init', status: 500, times: 0 }]);
  const [row] = await query<{ accountId: string }>('SELECT "accountId" FROM social_accounts');
  const jobId = await page.evaluate(async (accountId) => {
    const body = JSON.stringify({ photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`/api/social/tiktok/publish/photos?accountId=${accountId}`, { method: 'POST', headers, body });
    return ((await answer.json()) as { jobId: string }).jobId;
  }, row?.accountId);
  const events = await page.request.get(`/api/social/tiktok/publish/events?jobId=${jobId}`);
  expect(await events.text()).toContain('event: failure');
});

When("I open the operators' page", async ({ page }) => {
  await page.goto(OPERATORS);
});
When('I open the workspace {string}', async ({ page }, slug: string) => {
  await page.goto(`/orbit/${slug}/settings/accounts`);
});
When('I switch TikTok on for {string}', async ({ page }, name: string) => {
  await page.goto(OPERATORS);
  await page.getByRole('button', { name: `Switch on TikTok for ${name}` }).click();
  await expect(page.getByRole('button', { name: `Switch off TikTok for ${name}` })).toBeVisible();
});

Then(
  '{string} shows {int} finished, {int} cancelled or rejected and {int} failed, a success of {string}',
  async ({ page }, name: string, finished: number, byPerson: number, failed: number, success: string) => {
    const flow = page.getByRole('region', { name });
    await expect(async () => {
      await page.reload();
      await expect(flow).toContainText(success, { timeout: 1000 });
      await expect(flow.locator('.tally')).toContainText(`Finished${finished}Cancelled or rejected${byPerson}Failed${failed}`, { timeout: 1000 });
    }).toPass({ timeout: 15_000 });
  },
);
Then('the failure {string} is listed', ({ page }, code: string) => expect(page.locator(`[data-failure=${code}]`)).toBeVisible());
Then('a request to connect an account to {string} returns {int}', async ({ page }, workspaceId: string, status: number) => {
  const response = await page.request.get(`/api/social/tiktok/connect?workspaceId=${workspaceId}&workspaceSlug=any`, { maxRedirects: 0 });
  expect(response.status()).toBe(status);
});
