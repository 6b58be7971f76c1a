import { CompiledQuery } from 'kysely';
import { numbered } from './sql/executor.js';
import type { Dialect } from './sql/executor.js';
import { sqlStore } from './sql/store.js';
import type { Store } from './types.js';

/** The part of a `Kysely` instance that toklink uses. */
export interface KyselyQueryable {
  /** Runs one statement; `numAffectedRows` is the number of rows that it changed. */
  executeQuery(query: CompiledQuery): Promise<{ rows: unknown[]; numAffectedRows?: bigint }>;
}

/**
 * Returns a complete store on a `Kysely` instance: `new Client({ store: kyselyStore(db, 'postgresql') })`. First apply the package's
 * `sql/DIALECT.sql`.
 */
export function kyselyStore(db: KyselyQueryable, dialect: Dialect): Store {
  return sqlStore({
    dialect,
    async run(text, values) {
      const query = CompiledQuery.raw(dialect === 'postgresql' ? numbered(text) : text, values);
      const { rows, numAffectedRows = 0n } = await db.executeQuery(query);
      return { rows: rows as Record<string, unknown>[], changes: Number(numAffectedRows) };
    },
  });
}
