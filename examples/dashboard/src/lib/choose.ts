import type { ShownAccount } from './workspace';

/** Only a login brings these back; every other status is cleared by the next call that succeeds. */
const ENDED = new Set<string>(['EXPIRED', 'DISCONNECTED']);

/** Returns the account that `?account=` names, else the first one that is connected. */
export function chooseAccount(accounts: ShownAccount[], wanted: string | string[] | undefined): ShownAccount | null {
  const usable = accounts.filter((account) => !ENDED.has(account.status));
  return usable.find((account) => account.accountId === wanted) ?? usable[0] ?? null;
}
