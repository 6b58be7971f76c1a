'use client';

import { useEffect, useState } from 'react';
import type { QuotaKind, QuotaStatus } from 'toklink';
import { accountPath } from '@/lib/paths';
import { ask } from '@/lib/request';

const NAMES: Record<QuotaKind, string> = {
  userInfo: 'Profile reads',
  videoList: 'Video lists',
  videoQuery: 'Video look-ups',
  creatorInfo: 'Creator look-ups',
  publishInit: 'Posts begun',
  publishStatus: 'Post status reads',
  videoUpload: 'Uploads',
};

function span(ms: number): string {
  if (ms >= 86_400_000) return 'a day';
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1000)} s`;
}

/** What the client warns of as `quotaWarning`: 80 and 95 percent of a window. */
function warning({ count, limit, resetAt }: QuotaStatus): string | null {
  if (count < limit * 0.8) return null;
  const at = new Date(resetAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  if (count >= limit) return `used up; next at ${at}`;
  return count >= limit * 0.95 ? `nearly used up; more at ${at}` : `running low; more at ${at}`;
}

/** What is left of TikTok's request windows; read when opened, and it costs no request. */
export function Quota({ account }: { account: { accountId: string; workspaceId: string } }) {
  const { accountId, workspaceId } = account;
  const [open, setOpen] = useState(false);
  const [quota, setQuota] = useState<QuotaStatus[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    if (!open) return;
    void ask<{ quota: QuotaStatus[] }>(accountPath('quota', { accountId, workspaceId })).then((answer) => {
      if (answer.ok) setQuota(answer.value.quota);
      setError(answer.ok ? null : answer.trouble.error);
    });
  }, [open, accountId, workspaceId]);

  return (
    <details className="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Requests left at TikTok</summary>
      {error && <p className="over">{error}</p>}
      <div className="quota">
        {quota?.map((each) => (
          <div key={`${each.kind}-${each.windowMs}`} data-quota={each.kind}>
            <div className="row small" style={{ justifyContent: 'space-between' }}>
              <span>{NAMES[each.kind]}</span>
              <span className="soft nowrap">
                {each.remaining} of {each.limit}
              </span>
            </div>
            <meter min={0} max={each.limit} low={each.limit * 0.2} optimum={each.limit} value={each.remaining} aria-label={NAMES[each.kind]} />
            <span className="soft small">in {span(each.windowMs)}</span>
            {warning(each) && (
              <span className="over small" role="status">
                {warning(each)}
              </span>
            )}
          </div>
        ))}
      </div>
    </details>
  );
}
