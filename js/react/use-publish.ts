'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { PublishOutcome } from '../types.js';
import type { Trouble } from './request.js';
import type { Mounted, TikTokAccount } from './routes.js';
import type { Progress } from './follower.js';
import { sendPhotos, sendVideo, type Sending } from './sending.js';

/** Where a publish is. */
export type Publish =
  | { state: 'idle' }
  | { state: 'running'; progress: Progress; cancelling: boolean }
  | { state: 'done'; outcome: PublishOutcome }
  | { state: 'failed'; trouble: Trouble };

/** The settings of a post, by the names of the publish route's fields. */
export type PostFields = Record<string, string>;

/** What is posted: a file of this browser, or photos by their https addresses. */
export type PostMedia = { file: File } | { photoUrls: readonly string[] };

/** The same media, or other ones. */
function alike(a: PostMedia, b: PostMedia): boolean {
  if ('file' in a || 'file' in b) return 'file' in a && 'file' in b && a.file === b.file;
  return a.photoUrls.join('\n') === b.photoUrls.join('\n');
}

export interface UsePublishOptions extends Mounted {
  onPublished?: (outcome: PublishOutcome) => void;
}

/**
 * Publishes, and tells how far it is. An upload that breaks off continues by itself for about a minute. The same post sent
 * once more after that goes on under the same name, so that it is never posted twice.
 */
export function usePublish(account: TikTokAccount, { basePath, onPublished }: UsePublishOptions = {}) {
  const [publish, setPublish] = useState<Publish>({ state: 'idle' });
  const sending = useRef<Sending | null>(null);
  const unfinished = useRef<{ jobId: string; media: PostMedia; fields: string } | null>(null);
  const told = useRef(onPublished);
  told.current = onPublished;
  const { accountId, workspaceId } = account;

  // Gone from the page, or another account: nobody watches any more.
  useEffect(() => () => sending.current?.leave(), [accountId, workspaceId]);

  const uploading = publish.state === 'running' && ['uploading', 'sending'].includes(publish.progress.phase);
  useEffect(() => {
    if (!uploading) return;
    // Leaving the page would break the upload off.
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', hold);
    return () => removeEventListener('beforeunload', hold);
  }, [uploading]);

  const start = useCallback(
    (media: PostMedia, fields: PostFields) => {
      const said = JSON.stringify(fields);
      const before = unfinished.current;
      const same = before !== null && before.fields === said && alike(before.media, media);
      const jobId = same ? before.jobId : crypto.randomUUID();
      unfinished.current = null;
      const listener = {
        progress: (progress: Progress) =>
          setPublish((now) => ({ state: 'running', progress, cancelling: now.state === 'running' && now.cancelling })),
        published: (outcome: PublishOutcome) => {
          setPublish({ state: 'done', outcome });
          told.current?.(outcome);
        },
        failed: (trouble: Trouble, again: boolean) => {
          if (again) unfinished.current = { jobId, media, fields: said };
          setPublish({ state: 'failed', trouble });
        },
      };
      const target = { account: { accountId, workspaceId }, jobId, ...(basePath !== undefined && { basePath }) };
      sending.current?.leave();
      sending.current =
        'file' in media
          ? sendVideo(target, { file: media.file, fields }, listener)
          : sendPhotos(target, { ...fields, photoUrls: media.photoUrls }, listener);
    },
    [accountId, workspaceId, basePath],
  );

  const cancel = useCallback(() => {
    setPublish((now) => (now.state === 'running' ? { ...now, cancelling: true } : now));
    sending.current?.cancel();
  }, []);
  const reset = useCallback(() => setPublish({ state: 'idle' }), []);
  return { publish, start, cancel, reset };
}
