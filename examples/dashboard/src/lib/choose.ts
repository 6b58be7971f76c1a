import type { ShownAccount } from './workspace';

/** Statuses that only a new login clears. The next successful call clears every other status. */
const ENDED = new Set<string>(['EXPIRED', 'DISCONNECTED']);

/** Returns the account that `?account=` names, or the first usable account. */
export function chooseAccount(accounts: ShownAccount[], wanted: string | string[] | undefined): ShownAccount | null {
  const usable = accounts.filter((account) => !ENDED.has(account.status));
  return usable.find((account) => account.accountId === wanted) ?? usable[0] ?? null;
}
