import type { PublishOutcome, PublishPhase, PublishProgress } from '../types.js';
import { ask, trouble, troubleOf, type Trouble } from './request.js';
import { accountPath, routePath, type Mounted, type TikTokAccount } from './routes.js';

/** From the browser to the host first; the rest are toklink's phases. */
export type Phase = 'uploading' | PublishPhase;

export interface Progress {
  phase: Phase;
  /** Bytes. */
  sent: number;
  /** Bytes. */
  total: number;
  bytesPerSecond: number;
  /** Estimated milliseconds until all bytes are sent; `null` while unknown. */
  remainingMs: number | null;
}

/** What a publish tells while it goes on, and how it ends: by `published` or `failed`, once. */
export interface Listener {
  progress: (progress: Progress) => void;
  published: (outcome: PublishOutcome) => void;
  /** `again`: the same post may be sent once more under its name, and goes on where it stopped. */
  failed: (trouble: Trouble, again: boolean) => void;
}

export interface Sending {
  /** Stops it. Bytes that TikTok already took are not taken back. */
  cancel: () => void;
  /** Hears no more of it; an upload that still runs is broken off. */
  leave: () => void;
}

export interface PublishTarget extends Mounted {
  account: TikTokAccount;
  /** A UUID: the name of the post, which is published at most once under it. */
  jobId: string;
}

const BROKEN = trouble('The upload broke off, so nothing was posted. Check your connection and send it again.', 'OFFLINE');
const CANCELLED = trouble('Cancelled. Nothing was posted.', 'CANCELLED');
const LOST = trouble(
  'The server was restarted while TikTok was working on the post. Look for it in the list of videos before you post it again.',
  'LOST',
);
/** How soon the events are asked for again while the server does not know the publish yet. */
const LOOK_AGAIN_MS = 500;

/** Follows a publish by its events. The browser reconnects by itself, and is told the newest state. */
class Follower {
  #source: EventSource | null = null;
  #left = false;
  /** Whether an event has come: from then on events tell more than the upload does. */
  told = false;

  constructor(
    private readonly target: PublishTarget,
    private readonly listener: Listener,
    /** Whether the server may not know the publish yet. */
    private readonly early: () => boolean,
  ) {}

  get follows(): boolean {
    return this.#source !== null;
  }

  follow(): void {
    const source = new EventSource(routePath(this.target.basePath, 'publish/events', { jobId: this.target.jobId }));
    this.#source = source;
    const on = <T>(type: string, heard: (data: T) => void) =>
      source.addEventListener(type, (event: MessageEvent<string>) => {
        this.told = true;
        heard(JSON.parse(event.data) as T);
      });
    on<PublishProgress>('progress', ({ phase, bytesSent, totalBytes, bytesPerSecond, remainingMs }) =>
      this.listener.progress({ phase, sent: bytesSent, total: totalBytes, bytesPerSecond, remainingMs }),
    );
    on<PublishOutcome>('outcome', (outcome) => {
      if (outcome.status !== 'FAILED') return this.#end(() => this.listener.published(outcome));
      const reason = outcome.failReason ? ` Its reason: ${outcome.failReason}.` : '';
      this.#end(() => this.listener.failed(trouble(`TikTok did not publish it.${reason}`, 'REJECTED'), false));
    });
    on<unknown>('failure', (body) => this.#end(() => this.listener.failed(troubleOf(body), true)));
    source.addEventListener('error', () => {
      // It gives up only when the server does not know the publish: not yet, or no longer.
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      if (!this.early()) return this.#end(() => this.listener.failed(LOST, false));
      setTimeout(() => this.#source === source && !this.#left && this.follow(), LOOK_AGAIN_MS);
    });
  }

  leave(): void {
    this.#left = true;
    this.#source?.close();
    this.#source = null;
  }

  #end(tell: () => void): void {
    if (this.#left) return;
    this.leave();
    tell();
  }
}

/** Its outcome comes as an event. */
function stopAtServer({ basePath, jobId }: PublishTarget): void {
  void ask(routePath(basePath, 'publish/cancel'), { jobId });
}

/**
 * Uploads a form whose last field is the file (XMLHttpRequest, since fetch tells no progress of uploads). The server passes the
 * bytes on to TikTok as they come, so the publish is followed by its events from the first of them.
 */
export function sendVideo(target: PublishTarget, form: FormData, size: number, listener: Listener): Sending {
  let upload: XMLHttpRequest | null = new XMLHttpRequest();
  const request = upload;
  const began = performance.now();
  const stopUpload = () => {
    const running = upload;
    upload = null;
    running?.abort();
  };
  const ending: Listener = {
    progress: listener.progress,
    published: (outcome) => (stopUpload(), listener.published(outcome)),
    failed: (why, again) => (stopUpload(), listener.failed(why, again)),
  };
  const events = new Follower(target, ending, () => upload !== null);
  const over = (why: Trouble | null) => {
    if (upload !== request) return;
    upload = null;
    if (why === null) return;
    events.leave();
    listener.failed(why, why === BROKEN);
  };
  listener.progress({ phase: 'uploading', sent: 0, total: size, bytesPerSecond: 0, remainingMs: null });
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    if (upload !== request) return;
    const bytesPerSecond = (loaded * 1000) / Math.max(1, performance.now() - began);
    const remainingMs = bytesPerSecond > 0 ? ((total - loaded) * 1000) / bytesPerSecond : null;
    if (!events.follows) events.follow();
    if (!events.told) listener.progress({ phase: 'uploading', sent: loaded, total, bytesPerSecond, remainingMs });
  });
  // The connection ends early when the publish has: then its events say why.
  request.addEventListener('error', () => over(events.told ? null : BROKEN));
  request.addEventListener('abort', () => over(CANCELLED));
  request.addEventListener('load', () => {
    if (request.status !== 202) return over(troubleOf(request.response));
    over(null);
    if (!events.follows) events.follow();
  });
  request.responseType = 'json';
  request.open('POST', accountPath(target.basePath, 'publish', target.account, { jobId: target.jobId }));
  request.send(form);
  return {
    // Before the server has begun to publish, ending the upload is enough; after that only the server knows how it ends.
    cancel: () => (events.told || upload === null ? stopAtServer(target) : upload.abort()),
    leave: () => (events.leave(), stopUpload()),
  };
}

/** Posts photos, which TikTok fetches itself from `photoUrls` among `fields`. */
export function sendPhotos(target: PublishTarget, fields: Record<string, unknown>, listener: Listener): Sending {
  let left = false;
  const events = new Follower(target, listener, () => false);
  listener.progress({ phase: 'probing', sent: 0, total: 0, bytesPerSecond: 0, remainingMs: null });
  const path = accountPath(target.basePath, 'publish/photos', target.account, { jobId: target.jobId });
  void ask(path, fields).then((answer) => {
    if (left) return;
    if (answer.ok) events.follow();
    else listener.failed(answer.trouble, answer.trouble.code === 'OFFLINE');
  });
  return {
    cancel: () => stopAtServer(target),
    leave: () => {
      left = true;
      events.leave();
    },
  };
}
