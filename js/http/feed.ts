import type { EndWait, MinimumRate } from './minimum-rate.js';
import { HttpError } from './respond.js';

/** The body of one upload request. Reading it fails when bytes arrive more slowly than the upload's minimum rate. */
export class Feed {
  /** The number of bytes that have arrived. */
  received = 0;
  readonly #request: Request;
  readonly #minimumRate: MinimumRate;
  readonly #stop = new AbortController();
  /** Aborts when the browser disconnects or `stop` is called. */
  readonly signal: AbortSignal;

  constructor(request: Request, minimumRate: MinimumRate) {
    this.#request = request;
    this.#minimumRate = minimumRate;
    this.signal = AbortSignal.any([request.signal, this.#stop.signal]);
  }

  /** Returns the reason that was passed to `stop`, or `null`. */
  get stopped(): HttpError | null {
    return this.#stop.signal.aborted ? (this.#stop.signal.reason as HttpError) : null;
  }

  /** True when the browser has disconnected. */
  get left(): boolean {
    return this.#request.signal.aborted;
  }

  stop(reason: HttpError): void {
    this.#stop.abort(reason);
  }

  /** Yields the body. When the signal aborts, throws and leaves the rest of the body unread. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return;
    // One listener for the whole body: racing each read against the same promise would leak one reaction per chunk.
    let interrupt = (): void => {};
    let endWait: EndWait = () => {};
    this.signal.addEventListener('abort', () => interrupt(), { once: true });
    try {
      for (;;) {
        // A request that was replaced must not start a wait, because that would end its successor's wait.
        if (this.signal.aborted) throw this.signal.reason as Error;
        endWait = this.#minimumRate.wait(() => this.stop(tooSlow()));
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
