'use client';

import { useState } from 'react';
import { QuotaMeter } from 'toklink/react';

/** The remaining requests of TikTok's windows. Loads when opened, without a request to TikTok. */
export function Quota({ account }: { account: { accountId: string; workspaceId: string } }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>API limits</summary>
      {open && <QuotaMeter account={account} />}
    </details>
  );
}
