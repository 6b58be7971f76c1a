'use client';

import { useRouter } from 'next/navigation';

/** Lets the user choose the account that the page shows. Hidden when there is only one account. */
export function AccountPicker({ accounts, chosen }: { accounts: { accountId: string; displayName: string }[]; chosen: string }) {
  const router = useRouter();
  if (accounts.length < 2) return null;
  return (
    <label className="row small">
      Account
      <select
        value={chosen}
        onChange={(event) => router.replace(`?account=${encodeURIComponent(event.target.value)}`)}
      >
        {accounts.map((account) => (
          <option key={account.accountId} value={account.accountId}>
            {account.displayName}
          </option>
        ))}
      </select>
    </label>
  );
}
