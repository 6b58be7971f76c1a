// A store of your own: accounts in one JSON file, for one process. A real store has the same methods over your database
// (docs/STORES.md); `accountStoreConformance` of toklink/testing checks it.
//
//     node custom-store.mjs [FILE]        lists the accounts of FILE (default: accounts.json)

// @ts-check
import { readFile, rename, writeFile } from 'node:fs/promises';
import { Client } from 'toklink';

/** @typedef {import('toklink').AccountRow} AccountRow @typedef {import('toklink').AccountStore} AccountStore */
/** @param {import('toklink').AccountKey} key */
const idOf = ({ tenant, accountId }) => JSON.stringify([tenant, accountId]);

/** @implements {AccountStore} */
export class JsonFileStore {
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
  list = async (tenant) => {
    const rows = Object.values(await this.#read()).filter((row) => tenant === null || row.tenant === tenant);
    return rows.sort((a, b) => a.connectedAt - b.connectedAt);
  };

  /** @type {AccountStore['save']} */
  save = async (row) => void (await this.#change((rows) => (rows[idOf(row)] = row) !== undefined));

  /** @type {AccountStore['remove']} */
  remove = (key) => this.#change((rows) => idOf(key) in rows && delete rows[idOf(key)]);

  // The next three are conditional: they write only if the encrypted refresh token is still the expected one, so two refreshes
  // cannot overwrite each other. In SQL: UPDATE ... WHERE refresh_token = expected.

  /** @type {AccountStore['swap']} */
  swap = (key, expected, { scopes, ...tokens }) =>
    this.#update(key, expected, { ...tokens, ...(scopes && { scopes }), status: 'ACTIVE', refreshStartedAt: null });

  /** @type {AccountStore['beginRefresh']} */
  beginRefresh = (key, expected, at) => this.#update(key, expected, { refreshStartedAt: at });

  /** @type {AccountStore['setStatus']} */
  setStatus = (key, expected, status) => this.#update(key, expected, { status, refreshStartedAt: null });

  /** @type {(key: import('toklink').AccountKey, expected: string | null, columns: Partial<AccountRow>) => Promise<boolean>} */
  #update = (key, expected, columns) =>
    this.#change((rows) => {
      const row = rows[idOf(key)];
      return row?.refreshTokenSealed === expected && Object.assign(row, columns) !== undefined;
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
  const client = new Client({ store: new JsonFileStore(process.argv[2] ?? 'accounts.json') });
  for (const { displayName, status } of await client.accounts()) console.log(`${displayName}: ${status}`);
  await client.close();
}
