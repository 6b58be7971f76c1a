import { defineConfig } from 'vitest/config';

/** Tests `toklink/prisma` on real databases. `node scripts/test.mjs prisma` prepares the tests. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['databases.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
