import type {
  AccountKey,
  AccountPage,
  AccountPatch,
  AccountQuery,
  AccountRow,
  AccountStore,
  CountedRequest,
  ExpectedValues,
  JournalStore,
  LeaseStore,
  MetricsClaim,
  MetricsRow,
  MetricsStore,
  PublishRow,
  Store,
  UsageStore,
} from '../types.js';

const idOf = ({ tenant, accountId }: AccountKey): string => JSON.stringify([tenant, accountId]);

class MemoryAccounts implements AccountStore {
  readonly rows = new Map<string, AccountRow>();
  readonly #metrics: MemoryMetrics;

  constructor(metrics: MemoryMetrics) {
    this.#metrics = metrics;
  }

  async load(key: AccountKey): Promise<AccountRow | null> {
    return structuredClone(this.rows.get(idOf(key)) ?? null);
  }

  async list({ tenant, after, limit }: AccountQuery): Promise<AccountPage> {
    const ids = [...this.rows.keys()].sort().filter((id) => after === null || id > idOf(after));
    const rows = ids.flatMap((id) => this.rows.get(id) ?? []).filter((row) => tenant === null || row.tenant === tenant);
    return { rows: structuredClone(rows.slice(0, limit)), ...(tenant === null && { total: this.rows.size }) };
  }

  async put(row: AccountRow): Promise<void> {
    this.rows.set(idOf(row), structuredClone(row));
  }

  /** Compares and writes without awaiting in between, so that the update is atomic. */
  async update(key: AccountKey, expected: ExpectedValues, patch: AccountPatch): Promise<boolean> {
    const row = this.rows.get(idOf(key));
    const names = Object.keys(expected) as (keyof ExpectedValues)[];
    if (row === undefined || names.some((name) => row[name] !== expected[name])) return false;
    Object.assign(row, structuredClone(patch));
    return true;
  }

  async remove(key: AccountKey): Promise<boolean> {
    this.#metrics.rows.delete(idOf(key));
    return this.rows.delete(idOf(key));
  }
}

class MemoryJournal implements JournalStore {
  readonly rows = new Map<string, PublishRow>();

  async insert(row: PublishRow): Promise<boolean> {
    if (this.rows.has(this.#id(row, row.key))) return false;
    this.rows.set(this.#id(row, row.key), structuredClone(row));
    return true;
  }

  async find(account: AccountKey, key: string): Promise<PublishRow | null> {
    return structuredClone(this.rows.get(this.#id(account, key)) ?? null);
  }

  async findPublish(publishId: string): Promise<PublishRow | null> {
    return structuredClone([...this.rows.values()].find((row) => row.publishId === publishId) ?? null);
  }

  async update(row: PublishRow, revision: number): Promise<boolean> {
    if (this.rows.get(this.#id(row, row.key))?.revision !== revision) return false;
    this.rows.set(this.#id(row, row.key), structuredClone(row));
    return true;
  }

  async unfinished(account: AccountKey): Promise<PublishRow[]> {
    const rows = [...this.rows.values()].filter((row) => idOf(row) === idOf(account) && !this.#hasEnded(row));
    return structuredClone(rows.sort((a, b) => b.updatedAt - a.updatedAt));
  }

  async expire(before: number): Promise<number> {
    const ended = [...this.rows].filter(([, row]) => this.#hasEnded(row) && row.updatedAt < before);
    for (const [id] of ended) this.rows.delete(id);
    return ended.length;
  }

  async forget(account: AccountKey): Promise<void> {
    for (const [id, row] of this.rows) if (idOf(row) === idOf(account)) this.rows.delete(id);
  }

  #id(account: AccountKey, key: string): string {
    return JSON.stringify([idOf(account), key]);
  }

  #hasEnded({ phase }: PublishRow): boolean {
    return phase === 'DONE' || phase === 'FAILED';
  }
}

class MemoryLeases implements LeaseStore {
  readonly rows = new Map<string, { owner: string; until: number }>();

  async acquire(name: string, owner: string, now: number, ttlMs: number): Promise<boolean> {
    const held = this.rows.get(name);
    if (held !== undefined && held.owner !== owner && held.until > now) return false;
    this.rows.set(name, { owner, until: now + ttlMs });
    return true;
  }

  async release(name: string, owner: string): Promise<void> {
    if (this.rows.get(name)?.owner === owner) this.rows.delete(name);
  }

  async expire(before: number): Promise<void> {
    for (const [name, { until }] of this.rows) if (until < before) this.rows.delete(name);
  }
}

class MemoryMetrics implements MetricsStore {
  /** The rows of each account by day. */
  readonly rows = new Map<string, Map<string, MetricsRow>>();
  readonly claims = new Map<string, { owner: string; until: number }>();

  async claim({ day, owner, now, ttlMs, freshSince }: MetricsClaim, accounts: AccountKey[]): Promise<AccountKey[]> {
    return accounts.filter((key) => {
      const held = this.claims.get(this.#id(day, key));
      const kept = this.rows.get(idOf(key))?.get(day);
      if (kept !== undefined && kept.readAt >= freshSince) return false;
      if (held !== undefined && held.owner !== owner && held.until > now) return false;
      this.claims.set(this.#id(day, key), { owner, until: now + ttlMs });
      return true;
    });
  }

  async release(day: string, owner: string, accounts: AccountKey[]): Promise<void> {
    for (const key of accounts) {
      if (this.claims.get(this.#id(day, key))?.owner === owner) this.claims.delete(this.#id(day, key));
    }
  }

  async save(rows: MetricsRow[]): Promise<void> {
    for (const row of rows) {
      this.claims.delete(this.#id(row.day, row));
      const days = this.rows.get(idOf(row)) ?? new Map<string, MetricsRow>();
      this.rows.set(idOf(row), days);
      if ((days.get(row.day)?.readAt ?? row.readAt) <= row.readAt) days.set(row.day, structuredClone(row));
    }
  }

  async range(key: AccountKey, from: string, to: string): Promise<MetricsRow[]> {
    const rows = [...(this.rows.get(idOf(key))?.values() ?? [])];
    return structuredClone(rows.filter(({ day }) => from <= day && day <= to));
  }

  #id(day: string, key: AccountKey): string {
    return `${day} ${idOf(key)}`;
  }
}

class MemoryUsage implements UsageStore {
  requests: CountedRequest[] = [];

  async append(requests: CountedRequest[], forgetUntil: number): Promise<void> {
    this.requests = [...this.requests.filter(({ at }) => at > forgetUntil), ...structuredClone(requests)];
  }

  async since(after: number): Promise<CountedRequest[]> {
    return structuredClone(this.requests.filter(({ at }) => at > after));
  }
}

/** A complete store in memory, for tests and as an example. Its data is lost when the process ends. */
export class MemoryStore implements Store {
  readonly metrics = new MemoryMetrics();
  readonly accounts = new MemoryAccounts(this.metrics);
  readonly journal = new MemoryJournal();
  readonly leases = new MemoryLeases();
  readonly usage = new MemoryUsage();
}
