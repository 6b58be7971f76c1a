import { expect, query } from '../world.js';
import { Given, Then, When } from './scenario.js';

const DAY_MS = 86_400_000;
const MISSED = 4;

Given('its metrics were collected on all but one of the last {int} days', async ({}, days: number) => {
  for (let ago = 1; ago <= days; ago += 1) {
    if (ago === MISSED) continue;
    const readAt = Math.floor(Date.now() / DAY_MS - ago) * DAY_MS;
    const sums = { views: 5000, videoLikes: 300, comments: 20, shares: 10 + ago, videosRead: 5 };
    const values = { followers: 1000 - 10 * ago, following: 5, likes: 900, videoCount: 5, ...sums, readAt };
    await query(
      `INSERT INTO social_metrics (id, "accountId", date, followers, following, "postsCount", impressions, reach, likes, comments, shares, "rawData")
       SELECT $1, id, $2::date, 0, 0, 0, 0, 0, 0, 0, 0, $3::jsonb FROM social_accounts`,
      [`metrics-${ago}`, new Date(readAt).toISOString().slice(0, 10), JSON.stringify({ toklink: values })],
    );
  }
});
When('I open the analytics page', async ({ page }) => {
  await page.goto('/orbit/acme/tiktok/analytics');
});
When('I open the trends page', async ({ page }) => {
  await page.goto('/orbit/acme/trends/tiktok');
});
When("I collect today's metrics", ({ page }) => page.getByRole('button', { name: /^Collect today/ }).click());

Then('I see a chart of {string} and one of {string}', async ({ page }, first: string, second: string) => {
  for (const name of [first, second]) {
    const chart = page.locator('figure', { hasText: name });
    await expect(chart.locator('svg path.recharts-curve').first()).toBeVisible();
    await expect(chart.getByRole('table', { name: `${name} by day` })).toBeAttached();
  }
});
Then('I see the follower growth in 1 day and in 7 days', async ({ page }) => {
  const card = page.locator('[data-figure=Followers]');
  await expect(card).toContainText('990');
  await expect(card).toContainText(/\+10 \(\+1 %\) in 1 day/);
  await expect(card).toContainText(/\+70 .* in 7 days/);
});
Then('the page names the day without metrics', async ({ page }) => {
  const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(Date.now() - MISSED * DAY_MS);
  await expect(page.locator('[data-gaps]')).toContainText(`No data for ${day}.`);
});
When('I sort the videos by {string} with the keyboard', async ({ page }, column: string) => {
  await page.getByRole('button', { name: column, exact: true }).focus();
  await page.keyboard.press('Enter');
});
Then('the videos with most {string} come first', async ({ page }, column: string) => {
  const heading = page.getByRole('columnheader', { name: column });
  await expect(heading).toHaveAttribute('aria-sort', 'descending');
  const at = (await page.getByRole('columnheader').allInnerTexts()).findIndex((text) => text.startsWith(column));
  const cells = await page.getByRole('row').filter({ has: page.getByRole('rowheader') }).locator(`:nth-child(${at + 1})`).allInnerTexts();
  const counts = cells.map((text) => Number(text.replaceAll(',', '')));
  expect(counts).toHaveLength(20);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
});
Then('there is a link to TikTok Business Center', ({ page }) =>
  expect(page.getByRole('link', { name: /Business Center/ })).toHaveAttribute('href', /^https:\/\/business\.tiktok\.com/),
);
