import type { ShownAccount } from './workspace';

/** Only a login clears these; the next successful call clears every other status. */
const ENDED = new Set<string>(['EXPIRED', 'DISCONNECTED']);

/** Returns the account that `?account=` names, otherwise the first connected one. */
export function chooseAccount(accounts: ShownAccount[], wanted: string | string[] | undefined): ShownAccount | null {
  const usable = accounts.filter((account) => !ENDED.has(account.status));
  return usable.find((account) => account.accountId === wanted) ?? usable[0] ?? null;
}
