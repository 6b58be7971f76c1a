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

/** Uploads the form (XMLHttpRequest, since fetch tells no upload progress), then follows the publish by its events. */
export function usePublish(account: { accountId: string; workspaceId: string }) {
  const [publish, setPublish] = useState<Publish>({ state: 'idle' });
  const upload = useRef<XMLHttpRequest | null>(null);
  const events = useRef<EventSource | null>(null);
  const job = useRef<string | null>(null);

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
    job.current = jobId;
    const source = new EventSource(publishEventsPath(jobId));
    events.current = source;
    source.addEventListener('progress', (event: MessageEvent<string>) => {
      const { phase, bytesSent, totalBytes, bytesPerSecond, remainingMs } = JSON.parse(event.data) as PublishProgress;
      advance({ phase, sent: bytesSent, total: totalBytes, bytesPerSecond, remainingMs });
    });
    source.addEventListener('outcome', (event: MessageEvent<string>) => {
      source.close();
      const outcome = JSON.parse(event.data) as PublishOutcome;
      if (outcome.status !== 'FAILED') return setPublish({ state: 'done', outcome });
      const reason = outcome.failReason ? ` Its reason: ${outcome.failReason}.` : '';
      fail({ error: `TikTok did not publish the video.${reason}`, code: 'REJECTED', retryAfterMs: null });
    });
    source.addEventListener('failure', (event: MessageEvent<string>) => {
      source.close();
      fail(troubleOf(JSON.parse(event.data)));
    });
    // The browser reconnects by itself; it gives up only when the server no longer knows the job.
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) fail(LOST);
    });
  }

  function start(form: FormData, size: number) {
    const request = new XMLHttpRequest();
    upload.current = request;
    job.current = null;
    const began = performance.now();
    advance({ phase: 'uploading', sent: 0, total: size, bytesPerSecond: 0, remainingMs: null });
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      const bytesPerSecond = (loaded * 1000) / Math.max(1, performance.now() - began);
      const remainingMs = bytesPerSecond > 0 ? ((total - loaded) * 1000) / bytesPerSecond : null;
      advance({ phase: 'uploading', sent: loaded, total, bytesPerSecond, remainingMs });
    });
    request.addEventListener('error', () => fail(BROKEN));
    request.addEventListener('abort', () => fail(CANCELLED));
    request.addEventListener('load', () => {
      const body = request.response as { jobId?: string } | null;
      if (request.status === 202 && body?.jobId) follow(body.jobId);
      else fail(troubleOf(body));
    });
    request.responseType = 'json';
    request.open('POST', accountPath('publish', account));
    request.send(form);
  }

  async function cancel() {
    if (job.current === null) return upload.current?.abort();
    setPublish((now) => (now.state === 'running' ? { ...now, cancelling: true } : now));
    await ask(cancelPath, { jobId: job.current });
  }

  return { publish, start, cancel, reset: () => setPublish({ state: 'idle' }) };
}
