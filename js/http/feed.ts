import type { EndWait, Pace } from './pace.js';
import { HttpError } from './respond.js';

/** The body of one request as it arrives, watched by the pace of its upload. */
export class Feed {
  /** Bytes that have arrived. */
  received = 0;
  readonly #request: Request;
  readonly #pace: Pace;
  readonly #stop = new AbortController();
  /** Aborts when the browser goes away, and when `stop` is called. */
  readonly signal: AbortSignal;

  constructor(request: Request, pace: Pace) {
    this.#request = request;
    this.#pace = pace;
    this.signal = AbortSignal.any([request.signal, this.#stop.signal]);
  }

  /** Returns the reason that `stop` was called with, or `null`. */
  get stopped(): HttpError | null {
    return this.#stop.signal.aborted ? (this.#stop.signal.reason as HttpError) : null;
  }

  /** True when the browser went away. */
  get left(): boolean {
    return this.#request.signal.aborted;
  }

  stop(reason: HttpError): void {
    this.#stop.abort(reason);
  }

  /** Yields the body. Throws when the signal aborts, and then leaves the rest of the body unread. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return;
    // One listener for the whole body: racing each read against one promise would leak a reaction for every chunk.
    let interrupt = (): void => {};
    let endWait: EndWait = () => {};
    this.signal.addEventListener('abort', () => interrupt(), { once: true });
    try {
      for (;;) {
        // A request that was replaced must not start a wait: it would end the one for its successor.
        if (this.signal.aborted) throw this.signal.reason as Error;
        endWait = this.#pace.wait(() => this.stop(tooSlow()));
        const { done, value } = await new Promise<ReadableStreamReadResult<Uint8Array>>((resolve, reject) => {
          interrupt = () => reject(this.signal.reason as Error);
          reader.read().then(resolve, reject);
        });
        if (done) return;
        endWait(value.byteLength);
        this.received += value.byteLength;
        yield value;
      }
    } finally {
      endWait(0);
    }
  }
}

function tooSlow(): HttpError {
  return new HttpError(
    408,
    'SLOW',
    'The upload was too slow, so another one replaced it and nothing was posted. Use a faster connection and send it again.',
    { closing: true },
  );
}
