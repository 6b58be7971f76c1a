import { defineConfig } from 'vitest/config';

/** Tests the SQL stores on real servers. `node scripts/test.mjs sql` prepares the tests. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['servers.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
