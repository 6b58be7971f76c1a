import { request } from 'node:http';
import { connect, dashboard, expect, query, signIn, test } from './world.js';

const WORDS = 'Your plan has expired. Call 555-0100';

/** Sends a request with another Host header, as a browser does for another name of this machine. */
function send(path: string, host: string, form?: Record<string, string>): Promise<{ status: number; cookies: string[]; body: string }> {
  const { hostname, port } = new URL(dashboard());
  const boundary = 'safetyboundary';
  const parts = Object.entries(form ?? {}).map(([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  const headers = { host, origin: `http://${host}`, ...(form && { 'content-type': `multipart/form-data; boundary=${boundary}` }) };
  return new Promise((done, fail) => {
    const sent = request({ hostname, port, path, method: form ? 'POST' : 'GET', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      response.on('end', () => done({ status: response.statusCode ?? 0, cookies: response.headers['set-cookie'] ?? [], body }));
    });
    sent.once('error', fail);
    sent.end(form && `${parts.join('')}--${boundary}--\r\n`);
  });
}

test('the demo sign-in works only under its own host name', async ({ page }) => {
  const own = new URL(dashboard());
  await page.goto('/login');
  const form = page.locator('form', { hasText: 'Olivia Ortega' });
  const fields = Object.fromEntries(
    await form.locator('input').evaluateAll((inputs) => inputs.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''])),
  );
  expect((await send('/login', own.host, fields)).cookies.join()).toContain('dashboard_session=');
  for (const host of [`evil.example:${own.port}`, `127.0.0.1:${own.port}`, 'localhost']) {
    const shown = await send('/login', host);
    expect(`${host} ${shown.body}`).not.toContain('Sign in as Olivia');
    expect(shown.body).toContain('This example has no passwords');
    expect((await send('/login', host, fields)).cookies.join(), host).not.toContain('dashboard_session=');
  }
});

test('banners show no text from the URL', async ({ page }) => {
  const query_ = new URLSearchParams({ error: WORDS, accountName: WORDS, missing: WORDS, connected: 'tiktok' });
  await page.goto(`/login?${query_}`);
  await expect(page.getByRole('alert').first()).toContainText('Sign-in failed');
  await expect(page.getByText('555')).toHaveCount(0);
  await page.goto('/login?error=__proto__');
  await expect(page.getByRole('alert').first()).toContainText('Sign-in failed');
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  await expect(page.getByText('Connected Ana.')).toBeVisible();
  // An error code that toklink does not define belongs to another platform, so the login notice shows nothing.
  for (const path of ['/orbit/acme/settings/accounts', '/admin/social-media/accounts']) {
    for (const query of [`${query_}`, 'error=constructor']) {
      await page.goto(`${path}?${query}`);
      await expect(page.getByRole('heading').first(), path).toBeVisible();
      await expect(page.getByText(/555|was not connected/), path).toHaveCount(0);
    }
  }
  await page.goto(`/orbit/acme/tiktok/analytics?${query_}`);
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(page.getByText('555')).toHaveCount(0);
  await page.goto('/orbit/acme/tiktok/analytics?error=constructor');
  await expect(page.getByRole('alert').first()).toBeVisible();
});

test('an action is rejected while TikTok is disabled', async ({ page }) => {
  await signIn(page, 'Olivia Ortega');
  await connect(page);
  await query('DELETE FROM social_metrics');
  await page.goto('/orbit/acme/tiktok/analytics');
  await query(`UPDATE workspaces SET "tiktokEnabled" = false WHERE slug = 'acme'`);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: "Collect today's metrics" }).click();
  expect((await answered).status()).toBe(500);
  expect(await query('SELECT * FROM social_metrics')).toEqual([]);
});
