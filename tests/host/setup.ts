import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { Emulator } from '../js/emulator.js';
import { openDatabase } from './database.js';
import { startProxy } from './proxy.js';
import { startTwitter } from './twitter.js';

const ROOT = new URL('../../', import.meta.url);

declare module 'vitest' {
  interface ProvidedContext {
    host: Running;
  }
}

/** The URLs and secrets of a test run. */
export interface Running {
  /** The URL of the load balancer, which is the only URL that browsers use. */
  origin: string;
  /** The URLs of the servers behind the load balancer. */
  instances: string[];
  emulator: string;
  database: string;
  cronSecret: string;
  encryptionKey: string;
  /** The folder of the standalone server and the environment of an instance, for servers that a test starts. */
  standalone: string;
  environment: Record<string, string>;
}

/** Starts two instances of one build behind a load balancer, with a database and the emulator. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const load = (path: string) => import(new URL(path, ROOT).href);
  const { startPostgres } = await load('scripts/lib/postgres.mjs');
  const { STANDALONE, MIGRATIONS } = await load('scripts/lib/host-app.mjs');
  const { startInstance } = await import('./instance.js');
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const postgres = await startPostgres();
    stops.push(postgres.stop);
    await migrate(postgres.url, MIGRATIONS);
    const emulator = await Emulator.start();
    stops.push(() => emulator.stop());
    const twitter = await startTwitter();
    stops.push(twitter.stop);
    const silent = await startSilent();
    stops.push(silent.stop);
    const proxy = await startProxy();
    stops.push(proxy.stop);

    const cronSecret = randomBytes(16).toString('hex');
    const environment: Record<string, string> = {
      ...emulator.env(),
      DATABASE_URL: postgres.url,
      NEXTAUTH_URL: proxy.origin,
      CRON_SECRET: cronSecret,
      TWITTER_API_BASE_URL: twitter.url,
      TIKTOK_CALLBACK_URL: '',
      TOKLINK_REDIS_URL: '',
      // Without this, Next.js ends the process on SIGTERM as soon as no request is open, even if a publish still runs.
      NEXT_MANUAL_SIG_HANDLE: 'true',
    };
    // Simulates a REDIS_URL for another purpose: one server never responds, and one URL is not a Redis URL.
    const redis = [`redis://127.0.0.1:${silent.port}`, `http://127.0.0.1:${silent.port}`];
    const instances = await Promise.all(
      redis.map((url) => startInstance(STANDALONE, { ...environment, REDIS_URL: url })),
    );
    for (const instance of instances) stops.push(async () => void (await instance.stop()));
    proxy.serve(instances.map(({ url }) => url));
    project.provide('host', {
      origin: proxy.origin,
      instances: instances.map(({ url }) => url),
      emulator: emulator.baseUrl,
      database: postgres.url,
      cronSecret,
      encryptionKey: environment['TOKEN_ENCRYPTION_KEY'] ?? '',
      standalone: STANDALONE,
      environment,
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function migrate(url: string, folder: string): Promise<void> {
  const { query, end } = await openDatabase(url);
  for (const name of (await readdir(folder)).filter((each) => /^\d/.test(each)).sort()) {
    await query(await readFile(join(folder, name, 'migration.sql'), 'utf8'));
  }
  await end();
}

/** Opens a port that accepts connections and never responds, like a server that is not a Redis server. */
async function startSilent(): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => new Promise<void>((resolve) => void server.unref().close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, stop };
}
