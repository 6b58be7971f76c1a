'use client';

import { useState } from 'react';
import { QuotaMeter } from 'toklink/react';

/** Shows the remaining requests of each quota window. Loads them when the user opens the section; does not call TikTok. */
export function Quota({ account }: { account: { accountId: string; workspaceId: string } }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>API limits</summary>
      {open && <QuotaMeter account={account} />}
    </details>
  );
}
