import type { StoreCall } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import { encode } from '../text/encode.js';
import type {
  AccountKey,
  AccountPage,
  AccountRow,
  AccountStatus,
  AccountStore,
  CountedRequest,
  MetricsClaim,
  MetricsRow,
  SealedPair,
  TokenSwap,
} from '../types.js';
import type { PublishRow } from '../journal-types.js';
import { storeHostError } from './host-errors.js';
import { asked } from './reentrancy.js';
import type { Asked } from './reentrancy.js';

/** The arguments of a store call. */
interface StoreArguments {
  key: AccountKey;
  tenant: string | null;
  row: AccountRow;
  expected: string | null;
  next: TokenSwap;
  at: number;
  status: AccountStatus;
  after: AccountKey | null;
  limit: number;
  from: AccountStatus;
  to: AccountStatus;
  name: string;
  owner: string;
  now: number;
  ttlMs: number;
  day: string;
  accounts: AccountKey[];
}

/** The arguments of `claimMetrics`. */
interface ClaimArguments extends MetricsClaim {
  accounts: AccountKey[];
}

/** The arguments of the other metrics calls. */
interface MetricsArguments {
  rows: MetricsRow[];
  key: AccountKey;
  from: string;
  to: string;
}

/** The arguments of the calls for counted requests. */
interface RequestArguments {
  requests: CountedRequest[];
  forgetUntil: number;
  after: number;
}

/** The arguments of the journal's calls. */
interface JournalArguments {
  key: AccountKey;
  row: PublishRow;
  publish: string;
  publishId: string;
  revision: number;
  before: number;
}

/** The arguments of `reseal`. */
interface ResealArguments {
  key: AccountKey;
  expected: SealedPair;
  next: SealedPair;
}

type Method = keyof AccountStore;
type Optional = { [M in Method]: undefined extends AccountStore[M] ? M : never }[Method];
type Call = (store: AccountStore, args: StoreArguments) => Promise<unknown> | undefined;

const NEEDED: Record<Exclude<Method, Optional>, Call> = {
  load: (store, { key }) => store.load(key),
  list: (store, { tenant }) => store.list(tenant),
  save: (store, { row }) => store.save(row),
  swap: (store, { key, expected, next }) => store.swap(key, expected, next),
  beginRefresh: (store, { key, expected, at }) => store.beginRefresh(key, expected, at),
  setStatus: (store, { key, expected, status }) => store.setStatus(key, expected, status),
  remove: (store, { key }) => store.remove(key),
};

/** The optional methods and their defaults. Methods for leases and metrics are called only on a store that has them. */
const OPTIONAL: Record<Optional, Call> = {
  listPage: async (store, { after, limit }) =>
    store.listPage ? store.listPage(after, limit) : pageOf(await store.list(null), after, limit),
  reseal: async (store, args) => {
    if (!store.reseal) throw new MissingMethod();
    const { key, expected, next } = args as unknown as ResealArguments;
    return store.reseal(key, expected, next);
  },
  mark: async (store, { key, from, to }) => (store.mark ? store.mark(key, from, to) : false),
  acquireLease: (store, { name, owner, now, ttlMs }) => store.acquireLease?.(name, owner, now, ttlMs),
  releaseLease: (store, { name, owner }) => store.releaseLease?.(name, owner),
  expireLeases: (store, args) => store.expireLeases?.(journal(args).before),
  insertPublish: (store, args) => store.insertPublish?.(journal(args).row),
  findPublish: (store, args) => store.findPublish?.(args.key, journal(args).publish),
  findPublishById: (store, args) => store.findPublishById?.(journal(args).publishId),
  swapPublish: (store, args) => store.swapPublish?.(journal(args).row, journal(args).revision),
  unfinishedPublishes: (store, { key }) => store.unfinishedPublishes?.(key),
  expirePublishes: (store, args) => store.expirePublishes?.(journal(args).before),
  forgetPublishes: (store, { key }) => store.forgetPublishes?.(key),
  claimMetrics: (store, args) => {
    const { accounts, ...claim } = args as unknown as ClaimArguments;
    return store.claimMetrics?.(claim, accounts);
  },
  releaseMetrics: (store, { day, owner, accounts }) => store.releaseMetrics?.(day, owner, accounts),
  saveMetrics: (store, args) => store.saveMetrics?.((args as unknown as MetricsArguments).rows),
  metricsBetween: (store, args) => {
    const { key, from, to } = args as unknown as MetricsArguments;
    return store.metricsBetween?.(key, from, to);
  },
  logRequests: (store, args) => {
    const { requests, forgetUntil } = args as unknown as RequestArguments;
    return store.logRequests?.(requests, forgetUntil);
  },
  requestsAfter: (store, args) => store.requestsAfter?.((args as unknown as RequestArguments).after),
};

const CALLS: Record<Method, Call> = { ...NEEDED, ...OPTIONAL };
const LEASES: readonly Method[] = ['acquireLease', 'releaseLease', 'expireLeases'];
const JOURNAL: readonly Method[] = [
  'insertPublish',
  'findPublish',
  'findPublishById',
  'swapPublish',
  'unfinishedPublishes',
  'expirePublishes',
  'forgetPublishes',
];

const journal = (args: StoreArguments): JournalArguments => args as unknown as JournalArguments;
const METRICS: readonly Method[] = ['claimMetrics', 'releaseMetrics', 'saveMetrics', 'metricsBetween'];
const REQUESTS: readonly Method[] = ['logRequests', 'requestsAfter'];

/** An error whose name distinguishes a missing method from a failed one. */
class MissingMethod extends Error {
  override readonly name = 'MissingMethod';
}

/** Returns the page after `after` of a complete list. */
function pageOf(rows: AccountRow[], after: AccountKey | null, limit: number): AccountPage {
  const compare = (a: AccountKey, b: AccountKey): number =>
    a.tenant === b.tenant ? order(a.accountId, b.accountId) : order(a.tenant, b.tenant);
  const later = rows.filter((row) => after === null || compare(row, after) > 0).sort(compare);
  return { rows: later.slice(0, limit), total: rows.length };
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const missingOf = (store: AccountStore, names: readonly Method[]): Method[] =>
  names.filter((name) => typeof store[name] !== 'function');

/** Returns true when the store also keeps leases, which its processes share in that case. */
export function hasLeases(store: AccountStore): boolean {
  return missingOf(store, LEASES).length === 0;
}

/** Returns true when the store also keeps the journal, so that another process can resume a publish. */
export function hasJournal(store: AccountStore): boolean {
  return missingOf(store, JOURNAL).length === 0;
}

/** Returns true when the store also keeps metrics. */
export function hasMetrics(store: AccountStore): boolean {
  return missingOf(store, METRICS).length === 0;
}

/** Returns true when the store also keeps counted requests, which then survive a restart. */
export function hasRequests(store: AccountStore): boolean {
  return missingOf(store, REQUESTS).length === 0;
}

function checkMethods(store: AccountStore): void {
  const missing = missingOf(store, Object.keys(NEEDED) as Method[]);
  if (missing.length > 0) {
    throw new ToklinkError({
      code: 'CONFIG',
      message: `the store passed to new Client lacks ${missing.join(', ')}; implement every method of AccountStore`,
    });
  }
  const groups = [
    ['leases', LEASES],
    ['the journal', JOURNAL],
    ['metrics', METRICS],
    ['counted requests', REQUESTS],
  ] as const;
  for (const [what, group] of groups) {
    const absent = missingOf(store, group);
    if (absent.length === 0 || absent.length === group.length) continue;
    throw new ToklinkError({
      code: 'CONFIG',
      message: `the store passed to new Client lacks ${absent.join(', ')}; implement all methods of ${what}, or none`,
    });
  }
}

/** Returns the function by which the addon calls a host's store: by name, with JSON. It never rejects. */
export function storeCall(store: AccountStore): StoreCall {
  checkMethods(store);
  const call = (method: Method, text: string): Promise<string> => {
    const args = JSON.parse(text) as StoreArguments;
    return answer({ method, key: args.key ?? args.row ?? null, settled: false }, () => CALLS[method](store, args));
  };
  // Callers in one turn of the event loop share one load. It starts after the last of them, so each caller sees all earlier
  // writes, and many concurrent callers cause one query.
  const loads = new Map<string, Promise<string>>();
  const load = (text: string): Promise<string> => {
    const joined = loads.get(text);
    if (joined !== undefined) return joined;
    const started = new Promise(setImmediate).then(() => {
      loads.delete(text);
      return call('load', text);
    });
    loads.set(text, started);
    return started;
  };
  return (method, text) => (method === 'load' ? load(text) : call(method as Method, text));
}

/** Resolves to the outcome of a store call as JSON text. */
async function answer(context: Asked, call: () => Promise<unknown> | undefined): Promise<string> {
  try {
    // `encode` rejects NaN, which would otherwise be read as an absent time.
    return encode(context.method, { ok: (await asked.run(context, call)) ?? null });
  } catch (fault) {
    return JSON.stringify({ failed: nameOf(fault), fault: storeHostError(fault) });
  } finally {
    context.settled = true;
  }
}

/**
 * Returns the class of an error. Only the class is passed to the addon, because a database's message can quote the row; the error itself
 * becomes the `cause`. Any value can be thrown.
 */
function nameOf(fault: unknown): string {
  try {
    return fault instanceof Error ? String(fault.name) : typeof fault;
  } catch {
    return 'an error';
  }
}
