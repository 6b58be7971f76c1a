import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const APP = fileURLToPath(new URL('../../target/host-app', import.meta.url));

/** Tests toklink in an app with its own social code: `node scripts/test.mjs host` sets up what this needs. */
export default defineConfig({
  resolve: { alias: { '@': `${APP}/src` } },
  test: {
    root: import.meta.dirname,
    // Includes the tests of the app itself, which use the mock client.
    include: ['*.test.ts', `${APP}/src/**/*.test.ts`],
    globalSetup: ['setup.ts'],
    // All files use the same two servers, one database and one TikTok.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
