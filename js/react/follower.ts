import type { PublishOutcome, PublishPhase, PublishProgress } from '../types.js';
import { trouble, troubleOf, type Trouble } from './request.js';
import { accountPath, type Mounted, type TikTokAccount } from './routes.js';

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
  /** The connection broke off, and the upload continues by itself. */
  retrying?: boolean;
}

/** What a publish tells while it goes on, and how it ends: by `published` or `failed`, once. */
export interface Listener {
  progress: (progress: Progress) => void;
  published: (outcome: PublishOutcome) => void;
  /** `again`: the same post may be sent once more under its name, and goes on where it stopped. */
  failed: (trouble: Trouble, again: boolean) => void;
}

export interface PublishTarget extends Mounted {
  account: TikTokAccount;
  /** A UUID: the name of the post, which is published at most once under it. */
  jobId: string;
}

const LOST = trouble(
  'The server does not know this post any more. Look for it in the list of videos before you post it again.',
  'LOST',
);
/** How soon the events are asked for again while the server does not know the publish yet. */
const LOOK_AGAIN_MS = 500;
/**
 * How long the events are asked for once the server has the post. The process that answers may not know it yet: it reads what
 * another process writes.
 */
const PATIENCE_MS = 30_000;

/** Follows a publish by its events. The browser reconnects by itself, and is told the newest state. */
export class Follower {
  #source: EventSource | null = null;
  #left = false;
  /** When the events were refused first, since they were last received; `null` when they were not. */
  #refusedAt: number | null = null;
  /** True when an event has come: from then on events tell more than the upload does. */
  told = false;

  constructor(
    private readonly target: PublishTarget,
    private readonly listener: Listener,
    /** True when the server may not know the publish yet. */
    private readonly early: () => boolean,
  ) {}

  get follows(): boolean {
    return this.#source !== null;
  }

  follow(): void {
    const source = new EventSource(accountPath(this.target.basePath, 'publish/events', this.target.account, { jobId: this.target.jobId }));
    this.#source = source;
    const on = <T>(type: string, heard: (data: T) => void) =>
      source.addEventListener(type, (event: MessageEvent<string>) => {
        this.told = true;
        this.#refusedAt = null;
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
