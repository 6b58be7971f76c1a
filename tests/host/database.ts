import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export type Query = <Row = Record<string, unknown>>(sql: string, values?: unknown[]) => Promise<Row[]>;

interface Pg {
  Client: new (options: { connectionString: string }) => {
    connect(): Promise<void>;
    query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    end(): Promise<void>;
  };
}

/** Opens a connection to the app's database for plain SQL, with the driver that the app has installed. */
export async function openDatabase(url: string): Promise<{ query: Query; end: () => Promise<void> }> {
  const packages = fileURLToPath(new URL('../../examples/dashboard/package.json', import.meta.url));
  const { Client } = createRequire(packages)('pg') as Pg;
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    query: async <Row>(sql: string, values: unknown[] = []) =>
      (values.length > 0 ? await client.query(sql, values) : await client.query(sql)).rows as Row[],
    end: () => client.end(),
  };
}
