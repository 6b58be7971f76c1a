import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Client } from '../../client.js';
import { ToklinkError } from '../../errors.js';
import type { LeaseStore, ResealReport, Store } from '../../types.js';
import { defaultStore } from '../session.js';
import { hostStore } from '../store-module.js';
import type { Env } from './environment.js';
import { codeOf, ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { storeOptions } from './library-check.js';
import type { Judgement } from './library-check.js';

/** The store given on the command line. */
export interface StoreChoice {
  store?: string;
  storeModule?: string;
}

const CHECK = 'store';
const PATIENCE_MS = 20_000;
/** The time within which a store's promises must settle (docs/STORES.md). */
const STORE_PATIENCE_MS = 5_000;
const NOBODY = { tenant: '', accountId: 'toklink doctor' };

/** Opens the store, reads all accounts, and checks that the keys for their tokens are configured. Writes only a lease of one second. */
export async function store(choice: StoreChoice, env: Env, judgement: Judgement): Promise<Finding[]> {
  if (judgement.blind) return [warning(CHECK, 'was not checked, because the addon does not load', 'Fix the addon first.')];
  if (choice.storeModule !== undefined) return hosted(choice.storeModule, env, judgement);
  const file = choice.store === undefined ? defaultStore() : resolve(choice.store);
  if (!existsSync(file)) return [absent(file)];
  return [...privacy(file), ...(await opened(file, { sqlite: file }, env, judgement))];
}

function absent(file: string): Finding {
  let folder = dirname(file);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    const fix = 'Grant this user write permission, or use another file with --store.';
    return wrong(CHECK, `${file} cannot be created, because ${folder} is not writable`, fix);
  }
  return ok(CHECK, `${file} does not exist yet; the first login creates it. Use --store-module to check your own store`);
}

function privacy(file: string): Finding[] {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return [];
  const fix = `Run chmod 600 ${file}; the tokens in it are encrypted, but the account names are not.`;
  return [warning(CHECK, `${file} can be read by other users of this machine`, fix)];
}

async function hosted(module: string, env: Env, judgement: Judgement): Promise<Finding[]> {
  let found: Store;
  try {
    found = await hostStore(module);
  } catch (cause) {
    const { cause: deeper } = cause as ToklinkError;
    const problem = deeper === undefined ? 'has no store as its default export' : `could not be loaded (${codeOf(deeper)})`;
    const fix = 'Use a module whose default export is the store, such as prismaStore(prisma), and check that it loads: node FILE.';
    return [wrong(CHECK, `${module} ${problem}`, fix)];
  }
  try {
    // The client below reports a module whose export is not a store.
    await soon(Promise.resolve(found.accounts?.load?.(NOBODY)));
  } catch (cause) {
    return [refused(module, cause)];
  }
  return [...(await opened(module, found, env, judgement)), ...(await tables(module, found))];
}

/** Reads all accounts, and checks that the configured keys can decrypt their tokens. */
async function opened(
  name: string,
  store: { sqlite: string } | Store,
  env: Env,
  judgement: Judgement,
): Promise<Finding[]> {
  const { options, trying } = storeOptions(env, judgement);
  try {
    await using client = new Client({ ...options, store, acceptLegacy: true });
    if (!trying) {
      const { length } = await client.accounts();
      return [ok(CHECK, `${name} opens and has ${length} accounts; their tokens were not checked, because the keys are invalid`)];
    }
    const report = await client.resealAccounts({ checkOnly: true, acceptClearText: true, signal: AbortSignal.timeout(PATIENCE_MS) });
    return read(name, report);
  } catch (cause) {
    if (!ToklinkError.is(cause)) throw cause;
    if (cause.code === 'CANCELLED') {
      const fix = 'Run toklink reseal --check to check all accounts.';
      return [warning(CHECK, `${name} opens, but was not read completely in ${PATIENCE_MS / 1000} s`, fix)];
    }
    return [wrong(CHECK, cause.message, 'Follow the advice in the message.')];
  }
}

function read(name: string, report: ResealReport): Finding[] {
  const { done, keys, sealingKey, legacy, clearText, failed, failures } = report;
  const findings = [ok(CHECK, `${name} opens and has ${done} accounts`)];
  if (clearText > 0) {
    const fix = 'Run toklink reseal --accept-legacy --accept-clear-text to encrypt them.';
    findings.push(wrong(CHECK, `${clearText} accounts have a token in clear text, which toklink does not use`, fix));
  }
  if (failed > 0) {
    const fix =
      'Add the key that encrypted them to the end of TOKEN_ENCRYPTION_KEYS; if it is lost, or TIKTOK_CLIENT_KEY ' +
      'changed, these users must log in again.';
    findings.push(wrong(CHECK, `the tokens of ${failed} of ${done} accounts cannot be decrypted (${failures[0]?.code ?? 'INTEGRITY'})`, fix));
  }
  const older = Object.keys(keys).filter((key) => key !== sealingKey);
  if (older.length > 0) {
    findings.push(warning(CHECK, `the tokens of some accounts are encrypted with ${older.join(' and ')}`, 'Run toklink reseal to encrypt them with the first key.'));
  }
  if (legacy > 0) {
    const fix = 'Run toklink reseal --accept-legacy to convert them.';
    findings.push(warning(CHECK, `the tokens of ${legacy} accounts are in the old format, which is not bound to an account`, fix));
  }
  return findings;
}

/** Calls each interface of a host's store once. The call fails when the interface's table is missing. */
async function tables(name: string, { journal, leases, metrics, usage }: Store): Promise<Finding[]> {
  const day = '2000-01-01';
  const parts: [string, string, (() => Promise<unknown>) | undefined][] = [
    ['leases', 'two processes may refresh the same token', leases === 'memory' ? undefined : () => acquireOnce(leases)],
    [
      'a journal of publishes',
      'an idempotency key may post again in another process and after a restart',
      journal === 'memory' ? undefined : () => journal.findPublish(NOBODY.accountId),
    ],
    ['metrics', 'the history is lost when the process ends', metrics === 'memory' ? undefined : () => metrics.range(NOBODY, day, day)],
    ['usage counts', 'counts start at 0 after a restart, unless Redis counts', usage === 'memory' ? undefined : () => usage.since(Date.now())],
  ];
  const findings: Finding[] = [];
  for (const [what, without, look] of parts) {
    if (look === undefined) {
      const fix = 'Add its interface (docs/STORES.md), or ignore this if a single process does everything.';
      findings.push(warning(CHECK, `${name} does not store ${what.replace(/^a /, '')}: ${without}`, fix));
      continue;
    }
    try {
      await soon(look());
      findings.push(ok(CHECK, `${name} stores ${what}`));
    } catch (cause) {
      findings.push(refused(`${name} (${what})`, cause));
    }
  }
  return findings;
}

async function acquireOnce(leases: LeaseStore): Promise<void> {
  const name = NOBODY.accountId;
  await leases.acquire(name, name, Date.now(), 1_000);
  await leases.release(name, name);
}

/** Settles like `call`, or rejects after the time limit for calls of a store. */
function soon<T>(call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), STORE_PATIENCE_MS);
    call.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

/** Maps error codes of databases and Prisma to a fix. Omits the original message, which may quote a row. */
function refused(name: string, cause: unknown): Finding {
  const code = codeOf(cause);
  const fix = /^(P2021|42P01|SQLITE_ERROR|ER_NO_SUCH_TABLE)$/.test(code)
    ? 'A table is missing: apply the migrations (prisma migrate deploy) and the files in node_modules/toklink/prisma.'
    : /^(P2022|42703|ER_BAD_FIELD_ERROR)$/.test(code)
      ? 'A column is missing: apply the migrations (prisma migrate deploy).'
      : /^(P1000|P1010|28P01|28000|42501)$/.test(code)
        ? 'The database rejects this user: check user, password and permissions in DATABASE_URL.'
        : /^(P1001|P1002|P1017|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|ECONNRESET)$/.test(code)
          ? 'The database is unreachable: start it, and check DATABASE_URL.'
          : "Check the database's log.";
  return wrong(CHECK, `a call to ${name} failed (${code})`, fix);
}
