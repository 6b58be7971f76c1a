/** The SQL dialects that the store supports. */
export type Dialect = 'postgresql' | 'mysql' | 'sqlite';

/** A value of a statement's parameter. */
export type Value = string | number | null;

/** The result of a statement. */
export interface Result {
  rows: Record<string, unknown>[];
  /** The number of rows that an INSERT, UPDATE or DELETE wrote. MySQL may not count rows whose values stay the same. */
  changes: number;
}

/** Makes every UPDATE change its row, because MySQL counts only changed rows. */
export const NEXT_VERSION = 'version = version + 1';

/** Runs SQL statements that have a `?` for each value. */
export interface Executor {
  dialect: Dialect;
  run(text: string, values: Value[]): Promise<Result>;
}

/** Replaces each `?` with `$1`, `$2` and so on, as PostgreSQL requires. The statements in this folder use `?` for parameters only. */
export function numbered(text: string): string {
  let number = 0;
  return text.replaceAll('?', () => `$${++number}`);
}

/** Builds and runs statements in the dialect of an executor. */
export class Sql {
  readonly #executor: Executor;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /** The operator that compares two values and treats two NULLs as equal. */
  get equals(): string {
    return { postgresql: 'IS NOT DISTINCT FROM', mysql: '<=>', sqlite: 'IS' }[this.#executor.dialect];
  }

  run(text: string, values: Value[] = []): Promise<Result> {
    return this.#executor.run(text, values);
  }

  async rows(text: string, values: Value[] = []): Promise<Record<string, unknown>[]> {
    return (await this.run(text, values)).rows;
  }

  /** Runs a statement that writes at most one row. Resolves to true if it wrote one. */
  async writes(text: string, values: Value[]): Promise<boolean> {
    return (await this.run(text, values)).changes > 0;
  }

  /** Inserts a row unless one with the same key exists. Resolves to true if it inserted the row. */
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
