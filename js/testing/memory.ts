import type {
  AccountKey,
  AccountPage,
  AccountRow,
  AccountStatus,
  AccountStore,
  CountedRequest,
  MetricsClaim,
  MetricsRow,
  PublishRow,
  SealedPair,
  TokenSwap,
} from '../types.js';

const idOf = ({ tenant, accountId }: AccountKey): string => JSON.stringify([tenant, accountId]);

const publishOf = (account: AccountKey, key: string): string => JSON.stringify([idOf(account), key]);
const leaseOf = (day: string, key: AccountKey): string => `metrics ${day} ${idOf(key)}`;

/** A complete `AccountStore` in memory, for tests and as an example. Its content is lost when the process ends. */
export class MemoryAccountStore implements AccountStore {
  readonly rows = new Map<string, AccountRow>();
  readonly publishes = new Map<string, PublishRow>();
  readonly leases = new Map<string, { owner: string; until: number }>();
  readonly metrics = new Map<string, Map<string, MetricsRow>>();
  requests: CountedRequest[] = [];

  async load(key: AccountKey): Promise<AccountRow | null> {
    return structuredClone(this.rows.get(idOf(key)) ?? null);
  }

  async list(tenant: string | null): Promise<AccountRow[]> {
    const rows = [...this.rows.values()].filter((row) => tenant === null || row.tenant === tenant);
    return structuredClone(rows.sort((a, b) => a.connectedAt - b.connectedAt));
  }

  async save(row: AccountRow): Promise<void> {
    this.rows.set(idOf(row), structuredClone(row));
  }

  async swap(key: AccountKey, expected: string | null, { scopes, ...tokens }: TokenSwap): Promise<boolean> {
    const stored = scopes === null ? {} : { scopes };
    return this.#change(key, expected, { ...tokens, ...stored, status: 'ACTIVE', refreshStartedAt: null });
  }

  async beginRefresh(key: AccountKey, expected: string | null, at: number): Promise<boolean> {
    return this.#change(key, expected, { refreshStartedAt: at });
  }

  async setStatus(key: AccountKey, expected: string | null, status: AccountStatus): Promise<boolean> {
    return this.#change(key, expected, { status, refreshStartedAt: null });
  }

  async remove(key: AccountKey): Promise<boolean> {
    this.metrics.delete(idOf(key));
    return this.rows.delete(idOf(key));
  }

  async listPage(after: AccountKey | null, limit: number): Promise<AccountPage> {
    const ids = [...this.rows.keys()].filter((id) => after === null || id > idOf(after)).sort();
    const rows = ids.slice(0, limit).flatMap((id) => this.rows.get(id) ?? []);
    return { rows: structuredClone(rows), total: this.rows.size };
  }

  async reseal(key: AccountKey, expected: SealedPair, next: SealedPair): Promise<boolean> {
    const accessAsExpected = this.rows.get(idOf(key))?.accessTokenSealed === expected.accessTokenSealed;
    return accessAsExpected && this.#change(key, expected.refreshTokenSealed, next);
  }

  async mark(key: AccountKey, from: AccountStatus, to: AccountStatus): Promise<boolean> {
    const row = this.rows.get(idOf(key));
    return row?.status === from && this.#change(key, row.refreshTokenSealed, { status: to });
  }

  async acquireLease(name: string, owner: string, now: number, ttlMs: number): Promise<boolean> {
    const held = this.leases.get(name);
    if (held !== undefined && held.owner !== owner && held.until > now) return false;
    this.leases.set(name, { owner, until: now + ttlMs });
    return true;
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    if (this.leases.get(name)?.owner === owner) this.leases.delete(name);
  }

  async expireLeases(before: number): Promise<void> {
    for (const [name, { until }] of this.leases) if (until < before) this.leases.delete(name);
  }

  async insertPublish(row: PublishRow): Promise<boolean> {
    if (this.publishes.has(publishOf(row, row.key))) return false;
    this.publishes.set(publishOf(row, row.key), structuredClone(row));
    return true;
  }

  async findPublish(account: AccountKey, key: string): Promise<PublishRow | null> {
    return structuredClone(this.publishes.get(publishOf(account, key)) ?? null);
  }

  async findPublishById(publishId: string): Promise<PublishRow | null> {
    const found = [...this.publishes.values()].find((row) => row.publishId === publishId);
    return structuredClone(found ?? null);
  }

  async swapPublish(row: PublishRow, revision: number): Promise<boolean> {
    if (this.publishes.get(publishOf(row, row.key))?.revision !== revision) return false;
    this.publishes.set(publishOf(row, row.key), structuredClone(row));
    return true;
  }

  async unfinishedPublishes(account: AccountKey): Promise<PublishRow[]> {
    const rows = [...this.publishes.values()].filter(
      (row) => idOf(row) === idOf(account) && row.phase !== 'DONE' && row.phase !== 'FAILED',
    );
    return structuredClone(rows.sort((a, b) => b.updatedAt - a.updatedAt));
  }

  async expirePublishes(before: number): Promise<number> {
    const ended = [...this.publishes].filter(
      ([, { phase, updatedAt }]) => (phase === 'DONE' || phase === 'FAILED') && updatedAt < before,
    );
    for (const [id] of ended) this.publishes.delete(id);
    return ended.length;
  }

  async forgetPublishes(account: AccountKey): Promise<void> {
    for (const [id, row] of this.publishes) if (idOf(row) === idOf(account)) this.publishes.delete(id);
  }

  async claimMetrics({ day, owner, now, ttlMs, freshSince }: MetricsClaim, accounts: AccountKey[]): Promise<AccountKey[]> {
    return accounts.filter((key) => {
      const lease = leaseOf(day, key);
      const held = this.leases.get(lease);
      const stored = this.metrics.get(idOf(key))?.get(day);
      if (stored !== undefined && stored.readAt >= freshSince) return false;
      if (held !== undefined && held.owner !== owner && held.until > now) return false;
      this.leases.set(lease, { owner, until: now + ttlMs });
      return true;
    });
  }

  async releaseMetrics(day: string, owner: string, accounts: AccountKey[]): Promise<void> {
    for (const key of accounts) {
      if (this.leases.get(leaseOf(day, key))?.owner === owner) this.leases.delete(leaseOf(day, key));
    }
  }

  async saveMetrics(rows: MetricsRow[]): Promise<void> {
    for (const row of rows) {
      this.leases.delete(leaseOf(row.day, row));
      const days = this.metrics.get(idOf(row)) ?? new Map<string, MetricsRow>();
      this.metrics.set(idOf(row), days);
      if ((days.get(row.day)?.readAt ?? row.readAt) <= row.readAt) days.set(row.day, structuredClone(row));
    }
  }

  async metricsBetween(key: AccountKey, from: string, to: string): Promise<MetricsRow[]> {
    const rows = [...(this.metrics.get(idOf(key))?.values() ?? [])];
    return structuredClone(rows.filter(({ day }) => from <= day && day <= to));
  }

  async logRequests(requests: CountedRequest[], forgetUntil: number): Promise<void> {
    this.requests = [...this.requests.filter(({ at }) => at > forgetUntil), ...structuredClone(requests)];
  }

  async requestsAfter(after: number): Promise<CountedRequest[]> {
    return structuredClone(this.requests.filter(({ at }) => at > after));
  }

  /** The comparison and the write are one step: nothing is awaited between them. */
  #change(key: AccountKey, expected: string | null, changes: Partial<AccountRow>): boolean {
    const row = this.rows.get(idOf(key));
    if (row === undefined || row.refreshTokenSealed !== expected) return false;
    this.rows.set(idOf(key), { ...row, ...structuredClone(changes) });
    return true;
  }
}
