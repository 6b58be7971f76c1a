import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Dialect, Result, Value } from './sql/executor.js';
import { sqlStore } from './sql/store.js';
import type { Store } from './types.js';

/** A Drizzle database for PostgreSQL or MySQL. */
export interface DrizzleServerDatabase {
  /** Runs one statement and returns the driver's result. */
  execute(query: SQL): PromiseLike<unknown>;
}

/** A Drizzle database for SQLite. */
export interface DrizzleSqliteDatabase {
  /** Returns the rows of a query. */
  all(query: SQL): unknown;
  /** Runs a statement that returns no rows. */
  run(query: SQL): unknown;
}

/**
 * Returns a complete store on a Drizzle database: `new Client({ store: drizzleStore(db, 'postgresql') })`. First apply the package's
 * `sql/DIALECT.sql`, for example as a custom drizzle-kit migration.
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

/** Builds a Drizzle statement in which a parameter replaces each `?`. */
function queryOf(text: string, values: Value[]): SQL {
  const [first = '', ...rest] = text.split('?');
  return sql.join([sql.raw(first), ...rest.flatMap((part, index) => [sql`${values[index] ?? null}`, sql.raw(part)])]);
}

/** Converts a driver's result. Each driver has different names for the rows and for the number of written rows. */
function resultOf(result: unknown, dialect: Dialect): Result {
  // mysql2 returns a pair: the rows or a header, and the column definitions.
  const value: unknown = dialect === 'mysql' ? (result as unknown[])[0] : result;
  if (Array.isArray(value)) return { rows: value as Record<string, unknown>[], changes: countOf(value) };
  const { rows } = value as { rows?: Record<string, unknown>[] };
  return { rows: rows ?? [], changes: countOf(value) };
}

function countOf(result: unknown): number {
  const counts = result as { rowCount?: number | null; affectedRows?: number; rowsAffected?: number; changes?: number; count?: number };
  return counts.rowCount ?? counts.affectedRows ?? counts.rowsAffected ?? counts.changes ?? counts.count ?? 0;
}
