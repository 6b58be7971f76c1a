import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { drizzle as drizzleLibsql } from 'drizzle-orm/libsql';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { Kysely, MysqlDialect, PostgresDialect } from 'kysely';
import { createPool as createCallbackPool } from 'mysql2';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { drizzleStore } from '../../js/drizzle.js';
import { kyselyStore } from '../../js/kysely.js';
import { pgStore } from '../../js/pg.js';
import { storeConformance } from '../../js/testing/index.js';
import type { Store } from '../../js/types.js';

const TABLES = ['accounts', 'publishes', 'leases', 'metrics', 'requests'].map((name) => `toklink_${name}`);
const CONNECTIONS = 8;

interface Opened {
  store: Store;
  run: (sql: string) => Promise<unknown>;
  end: () => Promise<unknown>;
}

const STORES: Record<string, () => Promise<Opened>> = {
  'pg on PostgreSQL': async () => {
    const pool = new Pool({ connectionString: inject('postgresql'), max: CONNECTIONS });
    return { store: pgStore(pool), run: (sql) => pool.query(sql), end: () => pool.end() };
  },
  'Kysely on PostgreSQL': async () => {
    const pool = new Pool({ connectionString: inject('postgresql'), max: CONNECTIONS });
    const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
    return { store: kyselyStore(db, 'postgresql'), run: (sql) => pool.query(sql), end: () => db.destroy() };
  },
  'Kysely on MariaDB': async () => {
    const pool = createCallbackPool({ uri: inject('mysql'), connectionLimit: CONNECTIONS });
    const db = new Kysely({ dialect: new MysqlDialect({ pool }) });
    return { store: kyselyStore(db, 'mysql'), run: (sql) => pool.promise().query(sql), end: () => db.destroy() };
  },
  'Drizzle on PostgreSQL': async () => {
    const pool = new Pool({ connectionString: inject('postgresql'), max: CONNECTIONS });
    return { store: drizzleStore(drizzlePg(pool), 'postgresql'), run: (sql) => pool.query(sql), end: () => pool.end() };
  },
  'Drizzle on MariaDB': async () => {
    const pool = createPool({ uri: inject('mysql'), connectionLimit: CONNECTIONS });
    return { store: drizzleStore(drizzleMysql(pool), 'mysql'), run: (sql) => pool.query(sql), end: () => pool.end() };
  },
  'Drizzle on SQLite': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toklink-libsql-'));
    const client = createClient({ url: `file:${join(folder, 'store.db')}` });
    await client.executeMultiple(await readFile(new URL('../../sql/sqlite.sql', import.meta.url), 'utf8'));
    return {
      store: drizzleStore(drizzleLibsql(client), 'sqlite'),
      run: (sql) => client.execute(sql),
      end: async () => {
        client.close();
        await rm(folder, { recursive: true });
      },
    };
  },
};

describe.each(Object.entries(STORES))('the store over %s', (_, open) => {
  let opened: Opened;
  beforeAll(async () => void (opened = await open()));
  afterAll(() => opened?.end());

  const make = async () => {
    for (const table of TABLES) await opened.run(`DELETE FROM ${table}`);
    return { store: opened.store };
  };
  for (const { name, run } of storeConformance(make)) test(name, run);

  test('rejects with the error of the database driver', async () => {
    await opened.run('ALTER TABLE toklink_leases RENAME TO toklink_leases_away');
    try {
      const { leases } = opened.store;
      if (leases === 'memory') throw new Error('the store has leases');
      await expect(leases.acquire('a', 'b', 0, 1)).rejects.toThrow();
    } finally {
      await opened.run('ALTER TABLE toklink_leases_away RENAME TO toklink_leases');
    }
  });
});
