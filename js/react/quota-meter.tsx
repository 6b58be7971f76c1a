'use client';

import type { QuotaKind, QuotaWindow } from '../types/quota.js';
import { Notice } from './notice.js';
import { accountPath, type Mounted, type TikTokAccount } from './routes.js';
import { useRoute } from './use-route.js';
import { spanOf } from './format.js';

const NAMES: Record<QuotaKind, string> = {
  userInfo: 'Profile reads',
  videoList: 'Video lists',
  videoQuery: 'Video lookups',
  creatorInfo: 'Creator lookups',
  publishInit: 'Posts started',
  publishStatus: 'Post status queries',
  videoUpload: 'Uploads',
};

export interface QuotaMeterProps extends Mounted {
  account: TikTokAccount;
}

/** Returns a warning at 80, 95 and 100 percent usage. The first two are the thresholds of the client's event `quotaWarning`. */
function warning({ count, limit, resetAt }: QuotaWindow): string | null {
  if (count < limit * 0.8) return null;
  const at = new Date(resetAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  if (count >= limit) return `used up; resets at ${at}`;
  return count >= limit * 0.95 ? `nearly used up; resets at ${at}` : `running low; resets at ${at}`;
}

/** Shows the usage of each quota window. Does not call TikTok. */
export function QuotaMeter({ account, basePath }: QuotaMeterProps) {
  const { answer, reload } = useRoute<{ quota: QuotaWindow[] }>(accountPath(basePath, 'quota', account));
  if (answer === null) return <p role="status">Loading API limits…</p>;
  if (!answer.ok) {
    const again = (
      <button className="toklink-button" type="button" onClick={reload}>
        Try again
      </button>
    );
    return (
      <Notice tone="bad" action={again}>
        {answer.trouble.error}
      </Notice>
    );
  }
  return (
    <ul className="toklink-quota">
      {answer.value.quota.map((each) => {
        const low = warning(each);
        return (
          <li key={`${each.kind}-${each.windowMs}`} data-quota={each.kind}>
            <div className="toklink-row toklink-apart">
              <span>{NAMES[each.kind]}</span>
              <span>
                {each.remaining} of {each.limit}
              </span>
            </div>
            <meter
              min={0}
              max={each.limit}
              low={each.limit * 0.2}
              optimum={each.limit}
              value={each.remaining}
              aria-label={`${NAMES[each.kind]} remaining in ${spanOf(each.windowMs)}`}
            />
            <span className="toklink-small">in {spanOf(each.windowMs)}</span>
            {low !== null && (
              <span className="toklink-small toklink-over" role="status">
                {low}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
