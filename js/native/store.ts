import type { StoreCall } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import type {
  AccountKey,
  AccountPage,
  AccountRow,
  AccountStatus,
  AccountStore,
  SealedPair,
  TokenSwap,
} from '../types.js';

/** What the core sends with a store call. */
interface StoreArguments {
  key: AccountKey;
  tenant: string | null;
  row: AccountRow;
  expected: string | null;
  next: TokenSwap;
  at: number;
  status: AccountStatus;
  after: AccountKey | null;
  limit: number;
  from: AccountStatus;
  to: AccountStatus;
}

/** What the core sends with `reseal`. */
interface ResealArguments {
  key: AccountKey;
  expected: SealedPair;
  next: SealedPair;
}

type Method = keyof AccountStore;
type Optional = { [M in Method]: undefined extends AccountStore[M] ? M : never }[Method];

const CALLS: { [M in Exclude<Method, Optional>]: (store: AccountStore, args: StoreArguments) => Promise<unknown> } = {
  load: (store, { key }) => store.load(key),
  list: (store, { tenant }) => store.list(tenant),
  save: (store, { row }) => store.save(row),
  swap: (store, { key, expected, next }) => store.swap(key, expected, next),
  beginRefresh: (store, { key, expected, at }) => store.beginRefresh(key, expected, at),
  setStatus: (store, { key, expected, status }) => store.setStatus(key, expected, status),
  remove: (store, { key }) => store.remove(key),
};

/** What may be left out, and what stands in for it. */
const OPTIONAL: { [M in Optional]-?: (store: AccountStore, args: StoreArguments) => Promise<unknown> } = {
  listPage: async (store, { after, limit }) =>
    store.listPage ? store.listPage(after, limit) : pageOf(await store.list(null), after, limit),
  reseal: async (store, args) => {
    if (!store.reseal) throw new MissingMethod();
    const { key, expected, next } = args as unknown as ResealArguments;
    return store.reseal(key, expected, next);
  },
  mark: async (store, { key, from, to }) => (store.mark ? store.mark(key, from, to) : false),
};

/** By its name the addon tells a store that cannot from one that failed. */
class MissingMethod extends Error {
  override readonly name = 'MissingMethod';
}

/** The page after `after` of a whole list. */
function pageOf(rows: AccountRow[], after: AccountKey | null, limit: number): AccountPage {
  const compare = (a: AccountKey, b: AccountKey): number =>
    a.tenant === b.tenant ? order(a.accountId, b.accountId) : order(a.tenant, b.tenant);
  const later = rows.filter((row) => after === null || compare(row, after) > 0).sort(compare);
  return { rows: later.slice(0, limit), total: rows.length };
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A host's store as the addon calls it: by name, with JSON, never rejecting. */
export function storeCall(store: AccountStore): StoreCall {
  const missing = (Object.keys(CALLS) as (keyof typeof CALLS)[]).filter((name) => typeof store[name] !== 'function');
  if (missing.length > 0) {
    throw new ToklinkError({
      code: 'CONFIG',
      message: `The store given to new Client lacks ${missing.join(', ')}; implement every method of AccountStore.`,
    });
  }
  return async (method, args) => {
    try {
      const call = { ...CALLS, ...OPTIONAL }[method as Method];
      return JSON.stringify({ ok: (await call(store, JSON.parse(args) as StoreArguments)) ?? null });
    } catch (fault) {
      // Only the kind of fault: a database's message can quote the row.
      const name = fault instanceof Error ? fault.name : typeof fault;
      return JSON.stringify({ failed: name });
    }
  };
}
