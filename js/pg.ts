import { numbered } from './sql/executor.js';
import { sqlStore } from './sql/store.js';
import type { Store } from './types.js';

/** The part of a `pg` (node-postgres) pool or client that toklink uses. */
export interface PgQueryable {
  /** Runs one statement with its parameters; `rowCount` is the number of rows that it returned or changed. */
  query(text: string, values: unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
}

/**
 * Returns a complete PostgreSQL store on a `pg` pool: `new Client({ store: pgStore(new Pool()) })`. First apply the package's
 * `sql/postgresql.sql`. A pool runs concurrent calls on separate connections; a single client runs them one after the other.
 */
export function pgStore(pool: PgQueryable): Store {
  return sqlStore({
    dialect: 'postgresql',
    async run(text, values) {
      const { rows, rowCount } = await pool.query(numbered(text), values);
      return { rows, changes: rowCount ?? 0 };
    },
  });
}
