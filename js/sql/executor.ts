/** The database systems whose SQL the store speaks. */
export type Dialect = 'postgresql' | 'mysql' | 'sqlite';

/** A value that is bound to a statement. */
export type Value = string | number | null;

/** The result of a statement. */
export interface Result {
  rows: Record<string, unknown>[];
  /** The rows that an INSERT, UPDATE or DELETE wrote. MySQL may leave out rows whose values stay the same. */
  changes: number;
}

/** Makes an UPDATE change its row in any case, because MySQL counts changed rows. */
export const NEXT_VERSION = 'version = version + 1';

/** Runs one statement with a `?` for each value. */
export interface Executor {
  dialect: Dialect;
  run(text: string, values: Value[]): Promise<Result>;
}

/** Replaces each `?` by `$1`, `$2` and so on, as PostgreSQL requires. No statement of this folder has a `?` in a text. */
export function numbered(text: string): string {
  let number = 0;
  return text.replaceAll('?', () => `$${++number}`);
}

/** Statements in the dialect of an executor. */
export class Sql {
  readonly #executor: Executor;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /** Compares two values of which both may be NULL. */
  get equals(): string {
    return { postgresql: 'IS NOT DISTINCT FROM', mysql: '<=>', sqlite: 'IS' }[this.#executor.dialect];
  }

  run(text: string, values: Value[] = []): Promise<Result> {
    return this.#executor.run(text, values);
  }

  async rows(text: string, values: Value[] = []): Promise<Record<string, unknown>[]> {
    return (await this.run(text, values)).rows;
  }

  /** Runs a statement that writes at most one row. Resolves to whether it did. */
  async writes(text: string, values: Value[]): Promise<boolean> {
    return (await this.run(text, values)).changes > 0;
  }

  /** Inserts a row unless one with its key exists. Resolves to whether it did. */
  inserts(table: string, row: Record<string, Value>): Promise<boolean> {
    const names = Object.keys(row);
    const [insert, conflict] =
      this.#executor.dialect === 'mysql' ? ['INSERT IGNORE', ''] : ['INSERT', ' ON CONFLICT DO NOTHING'];
    const text = `${insert} INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})${conflict}`;
    return this.writes(text, Object.values(row));
  }
}

export const number = (value: unknown): number => Number(value);
export const text = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
export const time = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
/** Reads a flag, which MySQL and SQLite return as a number. */
export const flag = (value: unknown): boolean => value === true || Number(value) === 1;
export const list = (value: unknown): string[] => JSON.parse(String(value)) as string[];
