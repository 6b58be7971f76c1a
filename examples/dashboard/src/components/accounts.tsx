'use client';

import { useRouter } from 'next/navigation';
import { AccountCard } from 'toklink/react';
import type { ShownAccount } from '@/lib/workspace';

interface Props {
  accounts: ShownAccount[];
  workspace: { id: string; slug: string };
  mayConnect: boolean;
}

/** Lists the connected accounts. The page reloads after the user disconnects one. */
export function Accounts({ accounts, workspace, mayConnect }: Props) {
  const router = useRouter();
  function gone() {
    router.replace(location.pathname);
    router.refresh();
  }
  return accounts.map((account) => (
    <AccountCard key={account.accountId} account={account} workspace={workspace} mayConnect={mayConnect} onDisconnected={gone} />
  ));
}
