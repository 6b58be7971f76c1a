import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Client } from '../client.js';
import { ToklinkError } from '../errors.js';
import type { Account, ClientOptions } from '../types.js';
import { UsageError } from './usage.js';

/** The options that every command accepts. */
export interface GlobalOptions {
  json?: boolean;
  store?: string;
  account?: string;
}

/** Returns the file that stores accounts between runs, in the user's data folder. */
export function defaultStore(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const xdg = env['XDG_DATA_HOME'];
  if (xdg?.startsWith('/')) return join(xdg, 'toklink', 'store.db');
  const local = env['LOCALAPPDATA'];
  if (platform === 'win32' && local) return join(local, 'toklink', 'store.db');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'toklink', 'store.db');
  return join(homedir(), '.local', 'share', 'toklink', 'store.db');
}

/** Runs `work` with a client on the chosen store, and always closes the client. */
export async function withClient<T>(
  options: GlobalOptions,
  work: (client: Client) => Promise<T>,
  more: Pick<ClientOptions, 'acceptLegacy' | 'relayFromLoopback' | 'store'> = {},
): Promise<T> {
  const client = new Client({ store: more.store ?? { sqlite: prepare(options.store) }, ...more });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Resolves to the named account or, without a name, to the only connected account. */
export async function chooseAccount(client: Client, wanted: string | undefined): Promise<Account> {
  const accounts = await client.accounts();
  if (wanted === undefined) {
    if (accounts.length === 1 && accounts[0]) return accounts[0];
    if (accounts.length === 0) {
      throw new ToklinkError({
        code: 'NOT_FOUND',
        owner: 'user',
        message: 'no TikTok account is connected; run toklink login first',
      });
    }
    throw new UsageError(`several accounts are connected; add --account with one of ${names(accounts)}`);
  }
  const name = wanted.replace(/^@/, '');
  const exact = accounts.filter((account) => account.accountId === wanted || account.username === name);
  const found = exact.length > 0 ? exact : accounts.filter((account) => account.displayName === wanted);
  if (found.length === 1 && found[0]) return found[0];
  throw new ToklinkError({
    code: found.length === 0 ? 'NOT_FOUND' : 'INVALID_INPUT',
    owner: 'user',
    message:
      found.length > 0
        ? `several accounts have the name "${wanted}"; use an open_id (${names(found)})`
        : accounts.length === 0
          ? `the account "${wanted}" does not exist, and no account is connected; run toklink login first`
          : `the account "${wanted}" does not exist; use a connected one: ${names(accounts)}`,
  });
}

/** Returns an account's handle with `@`, or its display name when the handle is unknown. */
export function handle(account: Pick<Account, 'username' | 'displayName'>): string {
  return account.username === null ? account.displayName : `@${account.username}`;
}

function names(accounts: Account[]): string {
  return accounts.map((account) => account.username ?? account.accountId).join(', ');
}

/** Returns the store's path. Creates missing folders for this user only, and restricts the mode of an existing default folder. */
function prepare(named: string | undefined): string {
  const file = named === undefined ? defaultStore() : resolve(named);
  const folder = dirname(file);
  try {
    make(folder);
    if (named === undefined && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (cause) {
    throw new ToklinkError(
      {
        code: 'CONFIG',
        owner: 'user',
        message: `the folder ${folder} for the account store cannot be created; use another file with --store`,
      },
      { cause },
    );
  }
  return file;
}

/** Creates the folders one by one, because Node's recursive mode never returns if a parent exists but is not writable, as in /proc. */
function make(folder: string): void {
  if (existsSync(folder)) return;
  make(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have created the folder.
    if (!existsSync(folder)) throw error;
  }
}
