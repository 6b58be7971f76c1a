import type { NativeClient } from 'toklink-native';
import { callSafely, messageOf } from '../runtime/safe-call.js';
import type { ClientEvent } from '../types.js';
import { asToklinkError, crossed } from './outcome.js';
import type { CrossedError } from './outcome.js';

/** Events in the form in which the addon passes them. Errors are plain data. */
type Crossing =
  | Exclude<ClientEvent, { error: unknown }>
  | (Without<'refreshFailed'> & { error: CrossedError })
  | (Without<'called'> & { error: CrossedError | null });
type Without<T extends ClientEvent['type']> = Omit<Extract<ClientEvent, { type: T }>, 'error'>;

type Listener<T extends ClientEvent['type']> = (event: Extract<ClientEvent, { type: T }>) => void;

/** The listeners of one client. */
export class Listeners {
  readonly #byType = new Map<ClientEvent['type'], Set<(event: never) => void>>();
  #warned = false;

  /** Adds a listener. Returns a function that removes it. */
  add<T extends ClientEvent['type']>(type: T, listener: Listener<T>): () => void {
    // Wrapped, so that a function that is added twice is called twice, and each subscription can be removed separately.
    const subscriber = (event: Extract<ClientEvent, { type: T }>): void => listener(event);
    const set = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, set.add(subscriber));
    return () => void set.delete(subscriber);
  }

  tell(event: ClientEvent): void {
    for (const listener of [...(this.#byType.get(event.type) ?? [])]) {
      callSafely(() => listener(event as never), (fault) => this.#warn(event.type, fault));
    }
  }

  #warn(type: ClientEvent['type'], fault: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(`toklink: a listener of ${type} threw (${messageOf(fault)}); the client continues.`);
  }
}

/** Subscribes to a client's events, or to its `called` events only if `calls` is true. Does not keep the process alive. */
export function listen(client: NativeClient, calls: boolean): Listeners {
  const listeners = new Listeners();
  try {
    client.listen((text) => listeners.tell(read(text)), calls);
  } catch (cause) {
    throw asToklinkError(cause, 'on');
  }
  return listeners;
}

function read(text: string): ClientEvent {
  const event = JSON.parse(text) as Crossing;
  if (event.type === 'refreshFailed') return { ...event, error: crossed(event.error) };
  if (event.type === 'called') return { ...event, error: event.error && crossed(event.error) };
  return event;
}
