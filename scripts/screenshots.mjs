// npm run screenshots: takes the README's screenshots of the dashboard, on its embedded database with the emulator.

import { chromium as launcher } from '@playwright/test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from './lib/chromium.mjs';
import { writeMp4 } from './lib/mp4.mjs';
import { DASHBOARD, ROOT } from './lib/paths.mjs';
import { StepFailed } from './lib/run.mjs';
import { emulatorEnv, freePort, startEmulator, startService } from './lib/service.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';

const IMAGES = join(ROOT, 'docs/images');
const SIZE = { width: 1100, height: 760 };

async function main() {
  await setUpToklink();
  await setUpDashboard();
  const data = await mkdtemp(join(tmpdir(), 'toklink-screenshots-'));
  const emulator = await startEmulator();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const { service } = await startService('dashboard', [process.execPath, 'scripts/serve.mjs', 'start'], {
    ready: /Ready in/,
    cwd: DASHBOARD,
    env: { ...emulatorEnv(emulator.baseUrl), PORT: String(port), NEXTAUTH_URL: url, TIKTOK_CALLBACK_URL: '', DASHBOARD_DEMO: '1', DASHBOARD_DATA: data },
  });
  const browser = await launcher.launch({ executablePath: await chromium(), args: ['--no-sandbox', '--disable-gpu'] });
  try {
    await mkdir(IMAGES, { recursive: true });
    const page = await browser.newPage({ viewport: SIZE, baseURL: url, colorScheme: 'light' });
    await pictures(page, emulator, data);
  } finally {
    await browser.close();
    await service.stop();
    await emulator.stop();
    await rm(data, { recursive: true, force: true });
  }
}

async function pictures(page, emulator, data) {
  const shoot = async (name) => {
    await page.screenshot({ path: join(IMAGES, `${name}.png`) });
    console.log(`  docs/images/${name}.png`);
  };
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in as Olivia Ortega' }).click();
  await page.getByRole('heading', { name: 'Workspaces' }).waitFor();
  await page.goto('/orbit/acme/settings/accounts');
  await page.getByRole('link', { name: 'Connect TikTok' }).first().click();
  await page.selectOption('#username', 'ana.makes');
  await page.click('#allow');
  await page.getByText('Connected Ana').waitFor();
  await shoot('accounts');

  await page.goto('/orbit/acme/tiktok/post');
  const clip = join(data, 'clip.mp4');
  await writeMp4(clip, { bytes: 6_000_000, seconds: 6 });
  await page.getByLabel('Video', { exact: true }).setInputFiles(clip);
  await page.getByLabel('Caption').fill('Morning run along the river #running');
  await page.getByLabel('Who can see this post').selectOption('PUBLIC_TO_EVERYONE');
  await page.getByLabel('Allow Comment').check();
  await page.getByText('clip.mp4 ·').waitFor();
  await shoot('post');

  await page.goto('/orbit/acme/tiktok/analytics');
  await page.getByRole('button', { name: 'Fill in 30 invented days' }).click();
  await page.locator('.recharts-curve').first().waitFor();
  await page.getByRole('table', { name: 'Followers by day' }).waitFor({ state: 'attached' });
  await shoot('analytics');

  await page.goto(`${emulator.baseUrl}/_emulator/`);
  await shoot('emulator');
}

main().catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
