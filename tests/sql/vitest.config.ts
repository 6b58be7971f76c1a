import { defineConfig } from 'vitest/config';

/** The stores over SQL on real servers: `node scripts/test.mjs sql` sets up what this needs. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['servers.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
