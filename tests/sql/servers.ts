import { readFile } from 'node:fs/promises';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

const ROOT = new URL('../../', import.meta.url);

declare module 'vitest' {
  interface ProvidedContext {
    postgresql: string;
    mysql: string;
  }
}

/** Starts PostgreSQL and MariaDB, and creates the tables of `sql/` in both. */
export default async function servers(project: TestProject): Promise<() => Promise<void>> {
  const load = (path: string) => import(new URL(path, ROOT).href);
  const { startPostgres } = await load('scripts/lib/postgres.mjs');
  const { startMariadb } = await load('scripts/lib/mariadb.mjs');
  const schema = (dialect: string): Promise<string> => readFile(new URL(`sql/${dialect}.sql`, ROOT), 'utf8');
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const postgres = await startPostgres();
    stops.push(postgres.stop);
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(await schema('postgresql'));
    await client.end();
    const mariadb = await startMariadb();
    stops.push(mariadb.stop);
    const connection = await createConnection({ host: '127.0.0.1', port: mariadb.port, user: 'root', multipleStatements: true });
    await connection.query(`CREATE DATABASE toklink; USE toklink; ${await schema('mysql')}`);
    await connection.end();
    project.provide('postgresql', postgres.url as string);
    project.provide('mysql', mariadb.url as string);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
