'use client';

import { useRouter } from 'next/navigation';

/** Which account a page is about; shown when there is a choice. */
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
