import { defineConfig } from '@playwright/test';
import { defineBddConfig } from 'playwright-bdd';
import { chromium } from './chromium.js';

/** The tests that `bddgen` generates from the features. `npm run test:e2e` runs `bddgen` first. */
const features = defineBddConfig({
  features: 'features/*.feature',
  steps: 'steps/*.ts',
  outputDir: '../../.cache/features',
});

export default defineConfig({
  // The features need only the dashboard, so only they also run with a second database.
  projects: [
    { name: 'features', testDir: features },
    { name: 'pages', testDir: '.', testMatch: '*.spec.ts' },
  ],
  outputDir: '../../test-results/e2e',
  globalSetup: './setup.ts',
  // One dashboard and one emulator serve all tests, so the tests run one at a time.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  use: chromium,
});
