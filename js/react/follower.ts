import type { PublishOutcome, PublishPhase, PublishProgress } from '../types.js';
import { trouble, troubleOf, type Trouble } from './request.js';
import { accountPath, type Mounted, type TikTokAccount } from './routes.js';

/** `uploading` is the transfer from the browser to the host; the other phases are toklink's. */
export type Phase = 'uploading' | PublishPhase;

/** The progress of a publish, from the browser to TikTok. */
export interface Progress {
  phase: Phase;
  /** Bytes. */
  sent: number;
  /** Bytes. */
  total: number;
  bytesPerSecond: number;
  /** Estimated milliseconds until all bytes are sent; `null` while unknown. */
  remainingMs: number | null;
  /** True when the connection was interrupted and the upload resumes automatically. */
  retrying?: boolean;
}

/** The callbacks of a publish, which ends with one call of `published` or `failed`. */
export interface Listener {
  progress: (progress: Progress) => void;
  published: (outcome: PublishOutcome) => void;
  /** If `again` is true, the user can send the same post again under the same id, and it resumes where it stopped. */
  failed: (trouble: Trouble, again: boolean) => void;
}

export interface PublishTarget extends Mounted {
  account: TikTokAccount;
  /** A UUID that identifies the post, which is published at most once under this id. */
  jobId: string;
}

const LOST = trouble(
  'The server has no record of this post. Check the list of videos before you post it again.',
  'LOST',
);
/** The interval between requests for the events while the server does not have the publish yet. */
const LOOK_AGAIN_MS = 500;
/**
 * The time limit for finding the events after the server has received the post. The process that responds may not find the post
 * immediately, because it reads a journal row that another process writes.
 */
const PATIENCE_MS = 30_000;

/** Follows a publish through server-sent events. The browser reconnects automatically and receives the newest state. */
export class Follower {
  #source: EventSource | null = null;
  #left = false;
  /** The time at which the server first rejected the request since the last event; `null` if it did not. */
  #refusedAt: number | null = null;
  /** True once an event has arrived. From then on, the events are more precise than the upload's own progress. */
  hasEvents = false;

  constructor(
    private readonly target: PublishTarget,
    private readonly listener: Listener,
    /** Returns true while the server may not have the publish yet. */
    private readonly early: () => boolean,
  ) {}

  get follows(): boolean {
    return this.#source !== null;
  }

  follow(): void {
    const source = new EventSource(accountPath(this.target.basePath, 'publish/events', this.target.account, { jobId: this.target.jobId }));
    this.#source = source;
    const on = <T>(type: string, handle: (data: T) => void) =>
      source.addEventListener(type, (event: MessageEvent<string>) => {
        this.hasEvents = true;
        this.#refusedAt = null;
        handle(JSON.parse(event.data) as T);
      });
    on<PublishProgress>('progress', ({ phase, bytesSent, totalBytes, bytesPerSecond, remainingMs }) =>
      this.listener.progress({ phase, sent: bytesSent, total: totalBytes, bytesPerSecond, remainingMs }),
    );
    on<PublishOutcome>('outcome', (outcome) => {
      if (outcome.status !== 'FAILED') return this.#end(() => this.listener.published(outcome));
      const reason = outcome.failReason ? ` TikTok’s reason: ${outcome.failReason}.` : '';
      this.#end(() => this.listener.failed(trouble(`TikTok did not publish the post.${reason}`, 'REJECTED'), false));
    });
    on<unknown>('failure', (body) => this.#end(() => this.listener.failed(troubleOf(body), true)));
    source.addEventListener('error', () => {
      // The browser closes the connection for good only when the server does not have the publish yet, or no longer has it.
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      if (this.early()) this.#refusedAt = null;
      else this.#refusedAt ??= performance.now();
      if (this.#refusedAt !== null && performance.now() - this.#refusedAt >= PATIENCE_MS) {
        return this.#end(() => this.listener.failed(LOST, true));
      }
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
