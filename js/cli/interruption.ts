import { ToklinkError } from '../errors.js';
import type { Output } from './output.js';

/** Handles Ctrl-C: aborts an AbortSignal for commands that can stop cleanly, and ends all other commands at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #interrupt: () => void;
  #answered = false;

  /** Rejects with CANCELLED on Ctrl-C when no command uses the signal; never resolves. */
  readonly unanswered: Promise<never>;

  constructor(output: Output) {
    let leave: (error: ToklinkError) => void = () => undefined;
    this.unanswered = new Promise<never>((_, reject) => (leave = reject));
    // Prevents an unhandled rejection when the race that awaits this promise has already settled.
    this.unanswered.catch(() => undefined);
    this.#interrupt = () => {
      // Removes this handler, so that a second Ctrl-C ends the process.
      this.end();
      if (this.#answered) output.note('Cancelling; press Ctrl-C again to stop immediately.');
      else leave(new ToklinkError({ code: 'CANCELLED', owner: 'user', message: 'cancelled by Ctrl-C' }));
      this.#controller.abort();
    };
    process.on('SIGINT', this.#interrupt);
  }

  /** Returns the signal, for a command that can stop cleanly and reports its progress. */
  signal(): AbortSignal {
    this.#answered = true;
    return this.#controller.signal;
  }

  end(): void {
    process.removeListener('SIGINT', this.#interrupt);
  }
}
