'use client';

import { useEffect, useRef, useState } from 'react';
import type { PublishOutcome, PublishPhase, PublishProgress } from 'toklink';
import { accountPath, cancelPath, publishEventsPath } from '@/lib/paths';
import { ask, troubleOf, type Trouble } from '@/lib/request';

/** From the browser to the dashboard first; the rest are toklink's phases. */
export type Phase = 'uploading' | PublishPhase;

export interface Progress {
  phase: Phase;
  sent: number;
  total: number;
  bytesPerSecond: number;
  remainingMs: number | null;
}

export type Publish =
  | { state: 'idle' }
  | { state: 'running'; progress: Progress; cancelling: boolean }
  | { state: 'done'; outcome: PublishOutcome }
  | { state: 'failed'; trouble: Trouble };

const BROKEN: Trouble = {
  error: 'The upload to the dashboard broke off, so nothing was posted. Check your connection and try again.',
  code: 'OFFLINE',
  retryAfterMs: null,
};
const CANCELLED: Trouble = { error: 'Cancelled. Nothing was posted.', code: 'CANCELLED', retryAfterMs: null };
const LOST: Trouble = {
  error: 'The dashboard was restarted while TikTok was working on the post. Look for it in the list of videos.',
  code: 'LOST',
  retryAfterMs: null,
};

/** How soon the events are asked for again while the dashboard does not know the publish yet. */
const LOOK_AGAIN_MS = 500;

/**
 * Uploads the form (XMLHttpRequest, since fetch tells no upload progress). The dashboard passes the bytes on as they come, so the
 * publish is followed by its events from the first of them.
 */
export function usePublish(account: { accountId: string; workspaceId: string }) {
  const [publish, setPublish] = useState<Publish>({ state: 'idle' });
  const upload = useRef<XMLHttpRequest | null>(null);
  const events = useRef<EventSource | null>(null);
  const job = useRef<string | null>(null);
  /** Whether an event has come: from then on they tell more than the upload does. */
  const told = useRef(false);

  useEffect(
    () => () => {
      upload.current?.abort();
      events.current?.close();
    },
    [],
  );

  const fail = (trouble: Trouble) => setPublish({ state: 'failed', trouble });
  const advance = (progress: Progress) =>
    setPublish((now) => ({ state: 'running', progress, cancelling: now.state === 'running' && now.cancelling }));

  function follow(jobId: string) {
    const source = new EventSource(publishEventsPath(jobId));
    events.current = source;
    source.addEventListener('progress', (event: MessageEvent<string>) => {
      told.current = true;
      const { phase, bytesSent, totalBytes, bytesPerSecond, remainingMs } = JSON.parse(event.data) as PublishProgress;
      advance({ phase, sent: bytesSent, total: totalBytes, bytesPerSecond, remainingMs });
    });
    source.addEventListener('outcome', (event: MessageEvent<string>) => {
      end();
      const outcome = JSON.parse(event.data) as PublishOutcome;
      if (outcome.status !== 'FAILED') return setPublish({ state: 'done', outcome });
      const reason = outcome.failReason ? ` Its reason: ${outcome.failReason}.` : '';
      fail({ error: `TikTok did not publish the video.${reason}`, code: 'REJECTED', retryAfterMs: null });
    });
    source.addEventListener('failure', (event: MessageEvent<string>) => {
      end();
      fail(troubleOf(JSON.parse(event.data)));
    });
    // The browser reconnects by itself; it gives up only when the server no longer knows the job.
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED || events.current !== source) return;
      if (upload.current === null) fail(LOST);
      else setTimeout(() => events.current === source && follow(jobId), LOOK_AGAIN_MS);
    });
  }

  /** Nothing more is sent or heard of this publish. */
  function end() {
    const sending = upload.current;
    upload.current = null;
    sending?.abort();
    events.current?.close();
    events.current = null;
  }

  function start(form: FormData, size: number) {
    const request = new XMLHttpRequest();
    upload.current = request;
    const jobId = crypto.randomUUID();
    job.current = null;
    told.current = false;
    const began = performance.now();
    advance({ phase: 'uploading', sent: 0, total: size, bytesPerSecond: 0, remainingMs: null });
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      const bytesPerSecond = (loaded * 1000) / Math.max(1, performance.now() - began);
      const remainingMs = bytesPerSecond > 0 ? ((total - loaded) * 1000) / bytesPerSecond : null;
      if (events.current === null) follow(jobId);
      if (!told.current) advance({ phase: 'uploading', sent: loaded, total, bytesPerSecond, remainingMs });
    });
    const over = (trouble: Trouble | null) => {
      if (upload.current !== request) return;
      upload.current = null;
      if (trouble === null) return;
      end();
      fail(trouble);
    };
    // The connection ends early when the publish has: then its events say why.
    request.addEventListener('error', () => over(told.current ? null : BROKEN));
    request.addEventListener('abort', () => over(CANCELLED));
    request.addEventListener('load', () => {
      job.current = jobId;
      if (request.status !== 202) return over(troubleOf(request.response));
      over(null);
      if (events.current === null) follow(jobId);
    });
    request.responseType = 'json';
    request.open('POST', accountPath('publish', account, { jobId }));
    request.send(form);
  }

  async function cancel() {
    if (job.current === null) return upload.current?.abort();
    setPublish((now) => (now.state === 'running' ? { ...now, cancelling: true } : now));
    await ask(cancelPath, { jobId: job.current });
  }

  return { publish, start, cancel, reset: () => setPublish({ state: 'idle' }) };
}
