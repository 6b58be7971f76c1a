import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Dialect, Result, Value } from './sql/executor.js';
import { sqlStore } from './sql/store.js';
import type { Store } from './types.js';

/** A Drizzle database of PostgreSQL or MySQL. */
export interface DrizzleServerDatabase {
  /** Sends one statement and returns the result of the driver. */
  execute(query: SQL): PromiseLike<unknown>;
}

/** A Drizzle database of SQLite. */
export interface DrizzleSqliteDatabase {
  /** Returns the rows of a query. */
  all(query: SQL): unknown;
  /** Sends a statement that returns no rows. */
  run(query: SQL): unknown;
}

/**
 * Returns a complete store over a Drizzle database: `new Client({ store: drizzleStore(db, 'postgresql') })`. Apply `sql/DIALECT.sql` of the
 * package first, for example as a custom migration of drizzle-kit.
 */
export function drizzleStore(db: DrizzleServerDatabase, dialect: 'postgresql' | 'mysql'): Store;
export function drizzleStore(db: DrizzleSqliteDatabase, dialect: 'sqlite'): Store;
export function drizzleStore(db: DrizzleServerDatabase | DrizzleSqliteDatabase, dialect: Dialect): Store {
  return sqlStore({
    dialect,
    async run(text, values) {
      const query = queryOf(text, values);
      if ('execute' in db) return resultOf(await db.execute(query), dialect);
      if (text.startsWith('SELECT')) return { rows: (await db.all(query)) as Record<string, unknown>[], changes: 0 };
      return resultOf(await db.run(query), dialect);
    },
  });
}

/** Returns a statement of Drizzle, with each value as a parameter in the place of its `?`. */
function queryOf(text: string, values: Value[]): SQL {
  const [first = '', ...rest] = text.split('?');
  return sql.join([sql.raw(first), ...rest.flatMap((part, index) => [sql`${values[index] ?? null}`, sql.raw(part)])]);
}

/** Reads the result of a driver: each reports rows and the number of written rows under other names. */
function resultOf(result: unknown, dialect: Dialect): Result {
  // mysql2 returns a pair: the rows or a header, and the description of the columns.
  const value: unknown = dialect === 'mysql' ? (result as unknown[])[0] : result;
  if (Array.isArray(value)) return { rows: value as Record<string, unknown>[], changes: countOf(value) };
  const { rows } = value as { rows?: Record<string, unknown>[] };
  return { rows: rows ?? [], changes: countOf(value) };
}

function countOf(result: unknown): number {
  const counts = result as { rowCount?: number | null; affectedRows?: number; rowsAffected?: number; changes?: number; count?: number };
  return counts.rowCount ?? counts.affectedRows ?? counts.rowsAffected ?? counts.changes ?? counts.count ?? 0;
}
