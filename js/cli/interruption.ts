import { ToklinkError } from '../errors.js';
import type { Output } from './output.js';

/** Ctrl-C: verbs that can stop on their own get a signal, the others are left at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #interrupt: () => void;
  #answered = false;

  /** Rejects with CANCELLED when nobody listens to the signal; never resolves. */
  readonly unanswered: Promise<never>;

  constructor(output: Output) {
    let leave: (error: ToklinkError) => void = () => undefined;
    this.unanswered = new Promise<never>((_, reject) => (leave = reject));
    // The race that watches it may have ended.
    this.unanswered.catch(() => undefined);
    this.#interrupt = () => {
      // A second Ctrl-C ends the process.
      this.end();
      if (this.#answered) output.note('Cancelling; press Ctrl-C again to stop at once.');
      else leave(new ToklinkError({ code: 'CANCELLED', owner: 'user', message: 'Cancelled by Ctrl-C.' }));
      this.#controller.abort();
    };
    process.on('SIGINT', this.#interrupt);
  }

  /** For a verb that stops by itself and says how far it came. */
  signal(): AbortSignal {
    this.#answered = true;
    return this.#controller.signal;
  }

  end(): void {
    process.removeListener('SIGINT', this.#interrupt);
  }
}
