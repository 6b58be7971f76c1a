import { signedIn } from '../guard.js';
import { followedPublish } from '../publish-lookup.js';
import type { Clock } from '../clock.js';
import { asked } from '../query.js';
import type { RouteContext } from '../context.js';
import type { JobEvent, Watched } from '../job-types.js';

/** The interval between heartbeats. Proxies close a connection that is silent for about a minute. */
const HEARTBEAT_MS = 15_000;
/** The number of heartbeats that a browser may leave unread before the server ends its stream. */
const MOST_UNREAD = 4;
/** The time that a page waits before it reconnects after a newer page has replaced it. */
const COME_BACK_MS = 30_000;
/** The maximum number of bytes that are queued for a browser that does not read. Above it, only the newest event is kept. */
const HELD_BYTES = 16 * 1024;

const TEXT = new TextEncoder();

function encode(event: JobEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

/** Sends the events of one job to one browser at the rate at which the browser reads them. */
class EventStream implements UnderlyingDefaultSource<Uint8Array> {
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #newest: JobEvent | null = null;
  #unread = 0;
  #disarm = (): void => {};
  #unsubscribe = (): void => {};

  constructor(
    private readonly job: Watched,
    private readonly userId: string,
    private readonly clock: Clock,
  ) {}

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    controller.enqueue(TEXT.encode('retry: 1000\n\n'));
    this.#disarm = this.clock.after(HEARTBEAT_MS, () => this.#beat());
    this.#unsubscribe = this.job.subscribe(this.userId, { tell: (event) => this.#tell(event), end: () => this.#makeRoom() });
    if (this.job.last !== null) this.#tell(this.job.last);
  }

  /** Sends the queued events when the browser has read earlier ones. */
  pull(): void {
    this.#unread = 0;
    const event = this.#newest;
    this.#newest = null;
    if (event !== null) this.#tell(event);
  }

  cancel(): void {
    this.#controller = null;
    this.#end();
  }

  #tell(event: JobEvent): void {
    if (!this.#hasRoom()) {
      this.#newest = event;
      return;
    }
    this.#controller?.enqueue(TEXT.encode(encode(event)));
    if (event.type !== 'progress') this.#end();
  }

  #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #beat(): void {
    if (this.#hasRoom()) this.#controller?.enqueue(TEXT.encode(': still here\n\n'));
    else this.#unread += 1;
    if (this.#unread >= MOST_UNREAD) return this.#end();
    this.#disarm = this.clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  /**
   * Ends the stream because a newer page has connected. The page pauses before it reconnects; otherwise the pages would replace
   * each other forever.
   */
  #makeRoom(): void {
    if (this.#hasRoom()) this.#controller?.enqueue(TEXT.encode(`retry: ${COME_BACK_MS}\n\n`));
    this.#end();
  }

  #end(): void {
    this.#disarm();
    this.#unsubscribe();
    this.#controller?.close();
    this.#controller = null;
  }
}

/**
 * GET ?jobId&accountId&workspaceId: sends the server-sent events `progress`, then one `outcome` or `failure`. A browser that
 * reconnects or reads slowly receives the newest event and skips older progress. Disconnecting does not stop the publish. For a
 * publish in another process on the same store, the events come from the journal, which is read once a second.
 */
export async function publishEvents(context: RouteContext, request: Request): Promise<Response> {
  const session = await signedIn(context.options, request);
  const job = await followedPublish(context, session, asked(new URL(request.url).searchParams));
  const held = new ByteLengthQueuingStrategy({ highWaterMark: HELD_BYTES });
  return new Response(new ReadableStream<Uint8Array>(new EventStream(job, session.user.id, context.jobs.clock), held), {
    headers: {
      'content-type': 'text/event-stream',
      // no-transform: a compressing proxy would delay events until its buffer is full.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}
