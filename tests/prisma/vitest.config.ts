import { defineConfig } from 'vitest/config';

/** `toklink/prisma` on real databases: `node scripts/test.mjs prisma` sets up what this needs. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['databases.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
