import type { StoreCall } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import type { AccountKey, AccountRow, AccountStatus, AccountStore, TokenSwap } from '../types.js';

/** What the core sends with a store call. */
interface StoreArguments {
  key: AccountKey;
  tenant: string | null;
  row: AccountRow;
  expected: string | null;
  next: TokenSwap;
  at: number;
  status: AccountStatus;
}

type Method = keyof AccountStore;

const CALLS: { [M in Method]: (store: AccountStore, args: StoreArguments) => Promise<unknown> } = {
  load: (store, { key }) => store.load(key),
  list: (store, { tenant }) => store.list(tenant),
  save: (store, { row }) => store.save(row),
  swap: (store, { key, expected, next }) => store.swap(key, expected, next),
  beginRefresh: (store, { key, expected, at }) => store.beginRefresh(key, expected, at),
  setStatus: (store, { key, expected, status }) => store.setStatus(key, expected, status),
  remove: (store, { key }) => store.remove(key),
};

/** A host's store as the addon calls it: by name, with JSON, never rejecting. */
export function storeCall(store: AccountStore): StoreCall {
  const missing = (Object.keys(CALLS) as Method[]).filter((name) => typeof store[name] !== 'function');
  if (missing.length > 0) {
    throw new ToklinkError({
      code: 'CONFIG',
      message: `The store given to new Client lacks ${missing.join(', ')}; implement every method of AccountStore.`,
    });
  }
  return async (method, args) => {
    try {
      const call = CALLS[method as Method];
      return JSON.stringify({ ok: (await call(store, JSON.parse(args) as StoreArguments)) ?? null });
    } catch (fault) {
      // Only the kind of fault: a database's message can quote the row.
      const name = fault instanceof Error ? fault.name : typeof fault;
      return JSON.stringify({ failed: name });
    }
  };
}
