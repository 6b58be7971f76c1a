// Provides the dashboard's generated Prisma client to scripts and processes outside the dashboard.

import { createRequire } from 'node:module';
import { build } from 'vite';
import { DASHBOARD } from './paths.mjs';

// The bundle must be below the node_modules folder of the packages that it imports.
const BUNDLE = `${DASHBOARD}/node_modules/.cache/toklink-prisma`;

/**
 * Bundles the client with Vite (a dependency of the tests). Node cannot load the generated client, which is for
 * bundlers.
 */
export async function bundlePrisma() {
  await build({
    root: DASHBOARD,
    configFile: false,
    logLevel: 'error',
    build: { ssr: 'src/generated/prisma/client.ts', outDir: BUNDLE, emptyOutDir: true, target: 'node20' },
  });
}

/** Opens the bundled client on the database at `url`, with at most `connections` database connections. */
export async function openPrisma(url, connections = 10) {
  const { PrismaPg } = createRequire(`${DASHBOARD}/package.json`)('@prisma/adapter-pg');
  const { PrismaClient } = await import(`${BUNDLE}/client.js`);
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: connections }) });
}
