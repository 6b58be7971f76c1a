import { AxeBuilder } from '@axe-core/playwright';
import { connect, expect, signIn, test } from './world.js';

/** Each page, with a text that it shows once it has loaded. */
const PAGES: [path: string, shown: string | RegExp][] = [
  ['/', 'Workspaces'],
  ['/orbit/acme/settings/accounts', '@ana.makes'],
  ['/orbit/acme/tiktok/videos', 'Show older videos'],
  ['/orbit/acme/tiktok/post', 'Posting as'],
  ['/orbit/acme/tiktok/analytics', 'Engagement'],
  ['/orbit/acme/trends/tiktok', /API for Business/],
  ['/orbit/cove/settings/accounts', /TikTok is not available|No TikTok account yet/],
  ['/admin/social-media/accounts', 'Choose the workspace'],
  ['/admin/social-media/tiktok', 'Failures by code'],
  ['/nowhere', /not found/i],
];

for (const colorScheme of ['light', 'dark'] as const) {
  test(`pages are accessible and fit in ${colorScheme} mode`, async ({ page }) => {
    await signIn(page, 'Olivia Ortega');
    await connect(page);
    await page.emulateMedia({ colorScheme });
    const findings: string[] = [];
    for (const [path, shown] of PAGES) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(path);
      await expect(page.getByText(shown).first(), path).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      findings.push(...violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes[0]?.html}`));
      await page.setViewportSize({ width: 375, height: 700 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > 375) findings.push(`${path}: ${wide} px wide on a screen of 375`);
    }
    expect(findings).toEqual([]);
  });
}

test('the sign-in page is accessible and fits a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 375, height: 700 });
  await page.goto('/login?error=Unauthorized');
  await expect(page.getByRole('alert').first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
});

test('covers and avatars load as images', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  await page.goto('/orbit/acme/tiktok/videos');
  await expect(page.locator('img.cover').first()).toHaveJSProperty('naturalWidth', 360);
  await page.goto('/orbit/acme/settings/accounts');
  await expect(page.locator('img.toklink-avatar').first()).toHaveJSProperty('naturalWidth', 168);
});
