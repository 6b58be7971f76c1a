'use client';

import { useCallback, useEffect, useState } from 'react';
import type { AccountMetrics, Video, VideoPage } from 'toklink';
import { accountPath } from '@/lib/paths';
import { ask, type Trouble } from '@/lib/request';
import { Metrics } from './metrics';
import { TroubleBanner } from './trouble-banner';
import { VideoItem } from './video-item';

interface Loaded {
  metrics: AccountMetrics;
  videos: Video[];
  nextCursor: number | null;
}

export function Videos({ account }: { account: { accountId: string; workspaceId: string } }) {
  const { accountId, workspaceId } = account;
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(true);

  const load = useCallback(async () => {
    setBusy(true);
    setTrouble(null);
    const key = { accountId, workspaceId };
    const [metrics, page] = await Promise.all([
      ask<{ metrics: AccountMetrics }>(accountPath('metrics', key)),
      ask<VideoPage>(accountPath('videos', key)),
    ]);
    if (!metrics.ok) setTrouble(metrics.trouble);
    else if (!page.ok) setTrouble(page.trouble);
    else setLoaded({ metrics: metrics.value.metrics, ...page.value });
    setBusy(false);
  }, [accountId, workspaceId]);

  useEffect(() => {
    void load();
  }, [load]);

  async function more(cursor: number) {
    setBusy(true);
    setTrouble(null);
    const page = await ask<VideoPage>(accountPath('videos', account, { cursor: String(cursor) }));
    if (!page.ok) setTrouble(page.trouble);
    else setLoaded((now) => now && { ...now, videos: now.videos.concat(page.value.videos), nextCursor: page.value.nextCursor });
    setBusy(false);
  }

  return (
    <div className="stack" aria-busy={busy}>
      {trouble && <TroubleBanner trouble={trouble} retry={load} />}
      {!loaded && busy && <Loading />}
      {loaded && <Metrics metrics={loaded.metrics} />}
      {loaded && loaded.videos.length === 0 && (
        <div className="panel empty">
          <h2>No public videos yet</h2>
          <p>Videos appear here when they are public and TikTok has reviewed them.</p>
        </div>
      )}
      {loaded && loaded.videos.length > 0 && (
        <section className="panel" aria-label="Videos">
          <ul className="videos">
            {loaded.videos.map((video) => (
              <VideoItem key={video.id} video={video} />
            ))}
          </ul>
        </section>
      )}
      {loaded && (
        <div className="row">
          {loaded.nextCursor !== null && (
            <button className="button" type="button" disabled={busy} onClick={() => more(loaded.nextCursor ?? 0)}>
              {busy ? 'Loading…' : 'Show older videos'}
            </button>
          )}
          <button className="button button-quiet" type="button" disabled={busy} onClick={load}>
            Refresh
          </button>
        </div>
      )}
    </div>
  );
}

function Loading() {
  return (
    <>
      <span role="status" className="soft small">
        Loading from TikTok…
      </span>
      <div className="metrics" aria-hidden="true">
        {[0, 1, 2, 3, 4, 5].map((each) => (
          <div key={each} className="skeleton" style={{ height: 76 }} />
        ))}
      </div>
      <div className="skeleton" style={{ height: 260 }} aria-hidden="true" />
    </>
  );
}
