import type { StoreCall } from 'toklink-native';
import { encode } from '../text/encode.js';
import { ToklinkError } from '../errors.js';
import type { ConfigProblem } from '../errors.js';
import type { AccountKey, Store } from '../types.js';
import { storeHostError } from './host-errors.js';
import { asked } from './reentrancy.js';
import type { Asked } from './reentrancy.js';

type Part = keyof Store;
type Method = (...args: unknown[]) => Promise<unknown>;

/** The methods of each interface, and the consequence of omitting the interface. */
const INTERFACES: Record<Part, { methods: readonly string[]; without: string }> = {
  accounts: {
    methods: ['load', 'list', 'put', 'update', 'remove'] satisfies (keyof Store['accounts'])[],
    without: 'no account can be connected',
  },
  journal: {
    methods: ['insert', 'find', 'findPublish', 'update', 'unfinished', 'expire', 'forget'] satisfies MethodOf<'journal'>[],
    without: 'an idempotency key posts again in another process and after a restart',
  },
  leases: {
    methods: ['acquire', 'release', 'expire'] satisfies MethodOf<'leases'>[],
    without: 'several processes may do the same work at once',
  },
  metrics: {
    methods: ['claim', 'release', 'save', 'range'] satisfies MethodOf<'metrics'>[],
    without: 'the history ends with the process',
  },
  usage: {
    methods: ['append', 'since'] satisfies MethodOf<'usage'>[],
    without: 'daily counts start at 0 after a restart, unless Redis counts',
  },
};

type MethodOf<P extends Part> = keyof Exclude<Store[P], 'memory'>;

const PARTS = Object.keys(INTERFACES) as Part[];

/** Returns which interfaces the host's store implements. The addon keeps the data of the others in memory. */
export function implemented(store: Store): Record<Exclude<Part, 'accounts'>, boolean> {
  const { journal, leases, metrics, usage } = store;
  return {
    journal: journal !== 'memory',
    leases: leases !== 'memory',
    metrics: metrics !== 'memory',
    usage: usage !== 'memory',
  };
}

function problemsOf(store: Store, part: Part): ConfigProblem[] {
  const { methods, without } = INTERFACES[part];
  const found: unknown = store[part];
  const variable = `store.${part}`;
  if (found === 'memory' && part !== 'accounts') return [];
  if (typeof found !== 'object' || found === null) {
    const inMemory = part === 'accounts' ? '' : ", or set it to 'memory' to accept this";
    return [{ variable, problem: `is missing, and without it ${without}`, fix: `pass an object with ${methods.join(', ')}${inMemory}` }];
  }
  const absent = methods.filter((name) => typeof (found as Record<string, unknown>)[name] !== 'function');
  return absent.length === 0 ? [] : [{ variable, problem: `lacks ${absent.join(', ')}`, fix: 'implement every method of the interface' }];
}

/**
 * Returns the function with which the addon calls the host's store. It accepts the interface and method name and a JSON list of
 * arguments. It never rejects.
 */
export function storeCall(store: Store): StoreCall {
  const problems = PARTS.flatMap((part) => problemsOf(store, part));
  if (problems.length > 0) throw ToklinkError.config(problems);
  const call = (method: string, text: string): Promise<string> => {
    const args = JSON.parse(text) as unknown[];
    const [part, name] = method.split('.') as [Part, string];
    const target = store[part] as unknown as Record<string, Method>;
    return answer({ method, key: keyOf(args[0]), settled: false }, async () => target[name]?.(...args));
  };
  // All loads requested in one turn of the event loop share one query. It starts after the last request, so each caller sees all
  // earlier writes.
  const loads = new Map<string, Promise<string>>();
  const load = (text: string): Promise<string> => {
    const joined = loads.get(text);
    if (joined !== undefined) return joined;
    const started = new Promise(setImmediate).then(() => {
      loads.delete(text);
      return call('accounts.load', text);
    });
    loads.set(text, started);
    return started;
  };
  return (method, text) => (method === 'accounts.load' ? load(text) : call(method, text));
}

/** Returns the account that a call is for, if its first argument is an account. */
function keyOf(argument: unknown): AccountKey | null {
  return typeof argument === 'object' && argument !== null && 'accountId' in argument ? (argument as AccountKey) : null;
}

/** Resolves to the outcome of a store call as JSON text. */
async function answer(context: Asked, call: () => Promise<unknown>): Promise<string> {
  try {
    // `encode` rejects NaN, which JSON would turn into null, an absent time.
    return encode(context.method, { ok: (await asked.run(context, call)) ?? null });
  } catch (fault) {
    return JSON.stringify({ failed: nameOf(fault), fault: storeHostError(fault) });
  } finally {
    context.settled = true;
  }
}

/**
 * Returns the class name of an error. Only the class name is passed to the addon, because a database's message can quote the row.
 * The error itself becomes the `cause`. JavaScript can throw any value, so the error need not be an object.
 */
function nameOf(fault: unknown): string {
  try {
    return fault instanceof Error ? String(fault.name) : typeof fault;
  } catch {
    return 'an error';
  }
}
