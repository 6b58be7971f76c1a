import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

const ROOT = new URL('../../', import.meta.url);

declare module 'vitest' {
  interface ProvidedContext {
    postgres: string;
    pglite: string;
  }
}

/** Creates a PostgreSQL database and an embedded database with the migrations of the dashboard. */
export default async function databases(project: TestProject): Promise<() => Promise<void>> {
  const load = (path: string) => import(new URL(path, ROOT).href);
  const { startPostgres } = await load('scripts/lib/postgres.mjs');
  const { startService } = await load('scripts/lib/service.mjs');
  const { migrate } = await load('examples/dashboard/scripts/migrations.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'toklink-pglite-'));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const server = await startPostgres();
    stops.push(server.stop);
    const script = new URL('examples/dashboard/scripts/db.mjs', ROOT).pathname;
    const { service, match } = await startService('pglite', [process.execPath, script], {
      ready: /^listening (postgresql:.*)$/,
      env: { DASHBOARD_DATA: folder },
    });
    stops.push(() => service.stop());
    const urls = { postgres: server.url as string, pglite: match[1] as string };
    for (const url of Object.values(urls)) await migrate(url);
    project.provide('postgres', urls.postgres);
    project.provide('pglite', urls.pglite);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
