// A custom store that keeps accounts in one JSON file, for a single process. A real store implements the same methods on your
// database (docs/STORES.md); check it with `storeConformance` from toklink/testing.
//
//     node custom-store.mjs [FILE]        lists the accounts of FILE (default: accounts.json)

// @ts-check
import { readFile, rename, writeFile } from 'node:fs/promises';
import { Client } from 'toklink';

/** @typedef {import('toklink').AccountRow} AccountRow @typedef {import('toklink').AccountStore} AccountStore */
/** @param {import('toklink').AccountKey} key */
const idOf = ({ tenant, accountId }) => JSON.stringify([tenant, accountId]);

/** @implements {AccountStore} */
export class JsonFileAccounts {
  #file;
  /** The latest change. Each change starts when the previous one has finished. */
  #last = Promise.resolve();

  /** @param {string} file */
  constructor(file) {
    this.#file = file;
  }
  /** @type {AccountStore['load']} */
  load = async (key) => (await this.#read())[idOf(key)] ?? null;

  /** @type {AccountStore['list']} */
  list = async ({ tenant, after, limit }) => {
    const rows = await this.#read();
    const ids = Object.keys(rows).sort().filter((id) => after === null || id > idOf(after));
    const found = ids.flatMap((id) => rows[id] ?? []).filter((row) => tenant === null || row.tenant === tenant);
    return { rows: found.slice(0, limit) };
  };

  /** @type {AccountStore['put']} */
  put = async (row) => void (await this.#change((rows) => (rows[idOf(row)] = row) !== undefined));

  /** @type {AccountStore['remove']} */
  remove = (key) => this.#change((rows) => idOf(key) in rows && delete rows[idOf(key)]);

  // Writes only if the row still has the expected values, so that two refreshes cannot overwrite each other. In SQL, use one
  // UPDATE that sets the patch and has the expected values in its WHERE clause.

  /** @type {AccountStore['update']} */
  update = (key, expected, patch) =>
    this.#change((rows) => {
      const row = rows[idOf(key)];
      const names = /** @type {(keyof typeof expected)[]} */ (Object.keys(expected));
      return row !== undefined && names.every((name) => row[name] === expected[name]) && Object.assign(row, patch) !== undefined;
    });

  /** @returns {Promise<Record<string, AccountRow>>} */
  #read = async () => JSON.parse(await readFile(this.#file, 'utf8').catch((error) => (error.code === 'ENOENT' ? '{}' : Promise.reject(error))));

  /** @type {(change: (rows: Record<string, AccountRow>) => boolean) => Promise<boolean>} Writes the file if `change` returns true. */
  #change(change) {
    const result = this.#last.then(async () => {
      const rows = await this.#read();
      if (!change(rows)) return false;
      // After a crash, either the old or the new file exists, never a partial one.
      await writeFile(`${this.#file}.new`, JSON.stringify(rows), { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
      return true;
    });
    this.#last = result.then(() => undefined, () => undefined);
    return result;
  }
}

if (process.argv[1] === import.meta.filename) {
  const accounts = new JsonFileAccounts(process.argv[2] ?? 'accounts.json');
  // A single process can keep everything else in memory. A host that posts from several processes also implements the journal.
  const client = new Client({ store: { accounts, journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' } });
  for (const { displayName, status } of await client.accounts()) console.log(`${displayName}: ${status}`);
  await client.close();
}
