'use client';

import { useState } from 'react';
import { QuotaMeter } from 'toklink/react';

/** What is left of TikTok's request windows; read when opened, and it costs no request. */
export function Quota({ account }: { account: { accountId: string; workspaceId: string } }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Requests left at TikTok</summary>
      {open && <QuotaMeter account={account} />}
    </details>
  );
}
