import { expect, test as base, type Browser, type Page } from '@playwright/test';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const fromDashboard = createRequire(fileURLToPath(new URL('../../examples/dashboard/package.json', import.meta.url)));

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run the tests with playwright.config.ts, whose set-up sets it.`);
  return value;
}

export const dashboard = () => given('E2E_DASHBOARD');
export const ACCOUNTS = '/orbit/acme/settings/accounts';
export const CONNECT = '/api/social/tiktok/connect?workspaceId=ws_acme&workspaceSlug=acme';

/** Queries the dashboard's own database. */
export async function query<Row = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const { Client } = fromDashboard('pg') as { Client: new (options: object) => PgClient };
  const client = new Client({ connectionString: given('E2E_DATABASE') });
  // Errors after the last response are ignored.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

interface PgClient {
  on(event: 'error', listener: () => void): void;
  connect(): Promise<void>;
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
}

export const accountRows = () => query<{ accountId: string; status: string }>('SELECT * FROM social_accounts ORDER BY "createdAt"');

/** Calls the emulator's control API. */
export async function emulator<T>(name: string, body?: unknown): Promise<T> {
  const response = await fetch(
    `${given('E2E_EMULATOR')}/_emulator/${name}`,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  expect(response.ok, `${name}: ${response.status}`).toBe(true);
  return (await response.json()) as T;
}

/** Delays in real time, but shorter than TikTok's. */
const DELAYS = { processing_delay_ms: 500, moderation_delay_ms: 1000 };

export type Person = 'Olivia Ortega' | 'Victor Vance';

export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto('/login');
  await page.getByRole('button', { name: `Sign in as ${person}` }).click();
  await expect(page.getByRole('heading', { name: 'Workspaces' })).toBeVisible();
}

/** Opens a page in a new browser, signed in as `person`. */
export async function as(browser: Browser, person: Person): Promise<Page> {
  const page = await (await browser.newContext({ baseURL: dashboard() })).newPage();
  await signIn(page, person);
  return page;
}

/** Navigates from the accounts page to TikTok's consent page. */
export async function toConsent(page: Page, slug = 'acme'): Promise<void> {
  await page.goto(`/orbit/${slug}/settings/accounts`);
  await page.getByRole('link', { name: /Connect/ }).first().click();
  await expect(page.locator('#consent')).toBeVisible();
}

/** Consents on TikTok's page and returns to the dashboard. */
export async function allow(page: Page, username: string): Promise<void> {
  await page.selectOption('#username', username);
  await page.click('#allow');
  await expect(page).toHaveURL(/connected=tiktok/);
}

export async function connect(page: Page, username = 'ana.makes', slug = 'acme'): Promise<void> {
  await toConsent(page, slug);
  await allow(page, username);
}

/** Starts a login in this browser and consents on TikTok's page. Resolves to the URL of the callback, which is not opened yet. */
export async function heldCallback(page: Page, username = 'ana.makes'): Promise<string> {
  const started = await page.request.get(CONNECT, { maxRedirects: 0 });
  const consent = started.headers().location ?? '';
  const scopes = new URL(consent).searchParams.get('scope')?.split(',') ?? [];
  const form = new URLSearchParams([['username', username], ['decision', 'allow'], ...scopes.map((scope) => ['scope', scope])]);
  const answered = await fetch(consent, { method: 'POST', body: form, redirect: 'manual' });
  const callback = answered.headers.get('location') ?? '';
  expect(callback).toContain(`${dashboard()}/api/social/tiktok/callback?code=`);
  return callback;
}

/**
 * Starts each test without accounts, with the seeded roles, and with a reset emulator: its clock, users, grants, faults and
 * webhooks. The dashboard keeps running and keeps the quota windows of each account.
 */
export const test = base.extend<{ clean: void }>({
  clean: [
    async ({}, use) => {
      await emulator('reset', {});
      await emulator('settings', DELAYS);
      await query('DELETE FROM social_accounts');
      await query(`UPDATE workspaces SET "tiktokEnabled" = slug <> 'cove'`);
      await query(`UPDATE workspace_members SET role = 'OWNER' WHERE "workspaceId" = 'ws_acme' AND "userId" = 'user_olivia'`);
      await query(`INSERT INTO workspace_members VALUES ('ws_beta', 'user_olivia', 'VIEWER') ON CONFLICT DO NOTHING`);
      await use();
    },
    { auto: true },
  ],
  baseURL: async ({}, use) => use(dashboard()),
});

export { expect };
