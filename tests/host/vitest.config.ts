import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const APP = fileURLToPath(new URL('../../target/host-app', import.meta.url));

/** Tests toklink in an app with its own social code. `node scripts/test.mjs host` prepares the app. */
export default defineConfig({
  resolve: { alias: { '@': `${APP}/src` } },
  test: {
    root: import.meta.dirname,
    // Includes the app's own tests, which use the mock client.
    include: ['*.test.ts', `${APP}/src/**/*.test.ts`],
    globalSetup: ['setup.ts'],
    // All files use the same two servers, one database and one emulator.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
