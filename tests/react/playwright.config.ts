import { defineConfig } from '@playwright/test';
import { chromium } from '../e2e/chromium.js';
import type { OfReact } from './world.js';

export default defineConfig<OfReact>({
  testDir: '.',
  outputDir: '../../test-results/react',
  projects: [
    { name: 'react-19', use: { react: '19' } },
    // `npm run prove -- react-18` runs all tests on React 18 too.
    { name: 'react-18', use: { react: '18' }, ...(process.env['REACT_18'] !== 'all' && { testMatch: 'ux.spec.ts' }) },
  ],
  // Each worker starts its own host, and the CI machine has two cores.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  use: chromium,
});
