import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/guide/**/*.test.ts', 'tests/js/**/*.test.ts', 'tests/js-http/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The machine that checks has two cores, and every file starts an emulator of its own.
    maxWorkers: 2,
  },
});
