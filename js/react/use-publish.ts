'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { PublishOutcome } from '../types.js';
import type { Trouble } from './request.js';
import type { Mounted, TikTokAccount } from './routes.js';
import type { Progress } from './follower.js';
import { sendPhotos, sendVideo, type ActivePost } from './send-post.js';

/** The state of a publish. */
export type Publish =
  | { state: 'idle' }
  | { state: 'running'; progress: Progress; cancelling: boolean }
  | { state: 'done'; outcome: PublishOutcome }
  | { state: 'failed'; trouble: Trouble };

/** The settings of a post, keyed by the field names of the publish route. */
export type PostFields = Record<string, string>;

/** The media of a post: a file that the user chose, or the https URLs of photos. */
export type PostMedia = { file: File } | { photoUrls: readonly string[] };

interface Post {
  media: PostMedia;
  /** The settings as JSON. */
  fields: string;
}

function alike({ media: a, fields }: Post, { media: b, fields: others }: Post): boolean {
  if (fields !== others) return false;
  if ('file' in a || 'file' in b) return 'file' in a && 'file' in b && a.file === b.file;
  return a.photoUrls.join('\n') === b.photoUrls.join('\n');
}

export interface UsePublishOptions extends Mounted {
  /** Called once with the outcome of a successful publish. */
  onPublished?: (outcome: PublishOutcome) => void;
}

/**
 * Publishes a post and returns its state. Resumes an interrupted upload automatically for about a minute. If the user sends the same
 * post again after that, it continues under the same id and is never posted twice. `start` does nothing while the same post is running.
 */
export function usePublish(account: TikTokAccount, { basePath, onPublished }: UsePublishOptions = {}) {
  const [publish, setPublish] = useState<Publish>({ state: 'idle' });
  const sending = useRef<ActivePost | null>(null);
  const unfinished = useRef<(Post & { jobId: string }) | null>(null);
  // A ref instead of state, because two events may arrive before the next render.
  const running = useRef<Post | null>(null);
  const latestOnPublished = useRef(onPublished);
  latestOnPublished.current = onPublished;
  const { accountId, workspaceId } = account;

  // Stop following the publish when the component unmounts or its account changes.
  useEffect(
    () => () => {
      sending.current?.leave();
      running.current = null;
    },
    [accountId, workspaceId],
  );

  const uploading = publish.state === 'running' && ['uploading', 'sending'].includes(publish.progress.phase);
  useEffect(() => {
    if (!uploading) return;
    // Ask the user to confirm, because leaving the page would interrupt the upload.
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', hold);
    return () => removeEventListener('beforeunload', hold);
  }, [uploading]);

  const start = useCallback(
    (media: PostMedia, fields: PostFields) => {
      const post = { media, fields: JSON.stringify(fields) };
      if (running.current !== null && alike(running.current, post)) return;
      running.current = post;
      const before = unfinished.current;
      const jobId = before !== null && alike(before, post) ? before.jobId : crypto.randomUUID();
      unfinished.current = null;
      const listener = {
        progress: (progress: Progress) =>
          setPublish((now) => ({ state: 'running', progress, cancelling: now.state === 'running' && now.cancelling })),
        published: (outcome: PublishOutcome) => {
          running.current = null;
          setPublish({ state: 'done', outcome });
          latestOnPublished.current?.(outcome);
        },
        failed: (trouble: Trouble, again: boolean) => {
          running.current = null;
          if (again) unfinished.current = { jobId, ...post };
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
  return {
    publish,
    /** Starts a post. */
    start,
    /** Cancels the running post. Does not undo it when TikTok already has all bytes. */
    cancel,
    /** Returns to the idle state, for another post. */
    reset,
  };
}
