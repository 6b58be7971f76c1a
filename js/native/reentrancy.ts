import { AsyncLocalStorage } from 'node:async_hooks';
import { ToklinkError } from '../errors.js';
import type { AccountKey } from '../types.js';

/** A running store call and its account. */
export interface Asked {
  method: string;
  key: AccountKey | null;
  settled: boolean;
}

/** The current store call. Available to all code that the call awaits, including the host's database layer. */
export const asked = new AsyncLocalStorage<Asked>();

/**
 * Rejects an operation that a store method starts for the account that it is being called for, because the operation and the
 * store method would wait for each other until the time limit.
 */
export function refuseReentry(operation: string, input: object): void {
  const outer = asked.getStore();
  if (outer === undefined || outer.settled) return;
  const { account } = input as { account?: AccountKey };
  const sameAccount =
    account !== undefined &&
    outer.key !== null &&
    account.accountId === outer.key.accountId &&
    (account.tenant ?? '') === outer.key.tenant;
  if (!sameAccount && !(operation === 'accounts' && outer.method === 'accounts.list')) return;
  throw new ToklinkError({
    code: 'CONFIG',
    operation,
    message:
      `the store's ${outer.method} called ${operation} for the same account, so neither could finish; ` +
      'a store must not call the client for an account that it is loading',
  });
}
