import type { ShownAccount } from './workspace';

/** The account that `?account=` names, else the first one that can be used. */
export function chooseAccount(accounts: ShownAccount[], wanted: string | string[] | undefined): ShownAccount | null {
  const usable = accounts.filter((account) => account.status === 'ACTIVE');
  return usable.find((account) => account.accountId === wanted) ?? usable[0] ?? null;
}
