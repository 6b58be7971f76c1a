import type { NativeClient } from 'toklink-native';
import { contained } from '../contained.js';
import { ToklinkError } from '../errors.js';
import type { ErrorFields } from '../errors.js';
import type { ClientEvent } from '../types.js';
import { asToklinkError } from './outcome.js';

/** Events as they cross: an error is data until it is told. */
type Crossing = Exclude<ClientEvent, { type: 'refreshFailed' }> | (RefreshFailed & { error: ErrorFields });
type RefreshFailed = Omit<Extract<ClientEvent, { type: 'refreshFailed' }>, 'error'>;

type Listener<T extends ClientEvent['type']> = (event: Extract<ClientEvent, { type: T }>) => void;

/** Who listens to one client. */
export class Listeners {
  readonly #byType = new Map<ClientEvent['type'], Set<(event: never) => void>>();
  #warned = false;

  /** Adds a listener; the function that comes back takes it away again. */
  add<T extends ClientEvent['type']>(type: T, listener: Listener<T>): () => void {
    // Wrapped, so that one function given twice is told twice and taken away one by one.
    const told = (event: Extract<ClientEvent, { type: T }>): void => listener(event);
    const set = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, set.add(told));
    return () => void set.delete(told);
  }

  tell(event: ClientEvent): void {
    for (const listener of [...(this.#byType.get(event.type) ?? [])]) {
      contained(() => listener(event as never), (fault) => this.#warn(event.type, fault));
    }
  }

  #warn(type: ClientEvent['type'], fault: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const words = fault instanceof Error ? fault.message : String(fault);
    process.emitWarning(`toklink: a listener of ${type} threw (${words}); the client goes on.`);
  }
}

/** Begins to listen to a client; keeps no process alive. */
export function listen(client: NativeClient): Listeners {
  const listeners = new Listeners();
  try {
    client.listen((text) => listeners.tell(read(text)));
  } catch (cause) {
    throw asToklinkError(cause, 'on');
  }
  return listeners;
}

function read(text: string): ClientEvent {
  const event = JSON.parse(text) as Crossing;
  return event.type === 'refreshFailed' ? { ...event, error: new ToklinkError(event.error) } : event;
}
