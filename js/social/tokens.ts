import { createHash, randomBytes } from 'node:crypto';
import type { TikTokApi } from '../client-interface.js';
import { Client } from '../client.js';
import type { AccountKey, AccountPage, AccountPatch, AccountRow, AccountStore, ClientOptions, Store } from '../types.js';

/** The maximum number of accounts per process; the account whose token was set the longest time ago is removed first. */
const MOST_ACCOUNTS = 10_000;
/** The assumed lifetime of a token without an expiry: TikTok's access tokens last a day, and TikTok reports when one has expired. */
const TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;
/** The scopes that toklink requests by default. */
const ALL_SCOPES = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list', 'video.publish', 'video.upload'];
const BASIC_SCOPES = ['user.info.basic'];

/**
 * Access tokens that the host keeps and refreshes itself, encrypted with a key of this process and kept in memory only. It has no
 * refresh tokens, so that toklink never rotates a token of the host's database.
 */
class HostTokens implements AccountStore {
  readonly #rows = new Map<string, AccountRow>();

  async load({ accountId }: AccountKey): Promise<AccountRow | null> {
    return this.#rows.get(accountId) ?? null;
  }

  /** Has no pages: nothing lists these accounts. */
  async list(): Promise<AccountPage> {
    return { rows: [] };
  }

  /** Sets the status of a token that TikTok refuses. Without refresh tokens no other update occurs. */
  async update(key: AccountKey, _expected: unknown, { status }: AccountPatch): Promise<boolean> {
    const row = this.#rows.get(key.accountId);
    if (row === undefined || status === undefined) return false;
    this.#rows.set(key.accountId, { ...row, status });
    return true;
  }

  async remove({ accountId }: AccountKey): Promise<boolean> {
    return this.#rows.delete(accountId);
  }

  async put(row: AccountRow): Promise<void> {
    this.hold(row);
  }

  hold(row: AccountRow): void {
    this.#rows.delete(row.accountId);
    this.#rows.set(row.accountId, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST_ACCOUNTS && oldest !== undefined) this.#rows.delete(oldest);
  }
}

/** The client that all social clients of a process share, because TikTok's limits apply to the app, not to an object. */
export class SharedClient {
  readonly client: TikTokApi;
  readonly #tokens = new HostTokens();
  readonly #own: boolean;

  constructor({ client, ...options }: SharedClientOptions) {
    this.#own = client === undefined;
    const store: Store = { accounts: this.#tokens, journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' };
    this.client = client ?? new Client({ ...options, store, encryptionKey: randomBytes(32).toString('hex') });
  }

  /** Closes the client, unless the host created it. */
  async close(): Promise<void> {
    if (this.#own) await this.client.close();
  }

  /** Sets the token of calls for `accountId`. Returns the account id to use in calls. */
  hold(token: string, accountId: string | undefined, { basicOnly = false } = {}): string {
    // The token's user is unknown until the profile is read; until then, each token counts as a separate account.
    const id = accountId ?? `token-${createHash('sha256').update(token).digest('hex').slice(0, 32)}`;
    const now = Date.now();
    const scopes = basicOnly ? BASIC_SCOPES : ALL_SCOPES;
    this.#tokens.hold({
      tenant: '',
      accountId: id,
      displayName: '',
      username: null,
      avatarUrl: null,
      scopes,
      requestedScopes: scopes,
      accessTokenSealed: this.client.seal({ accountId: id, field: 'access_token' }, token),
      refreshTokenSealed: null,
      accessExpiresAt: now + TOKEN_LIFE_MS,
      refreshExpiresAt: null,
      status: 'ACTIVE',
      connectedAt: now,
      connectedBy: '',
      refreshStartedAt: null,
    });
    return id;
  }
}

/** The options of the client that all social clients without a `client` of their own share. */
export interface SharedClientOptions extends Omit<ClientOptions, 'store' | 'encryptionKey' | 'encryptionKeys' | 'acceptLegacy'> {
  /** For tests: the mock client of `toklink/testing`, which then receives all calls. A `Client` is rejected, because it has its own accounts. */
  client?: TikTokApi;
}

interface Holder {
  options: SharedClientOptions;
  client: SharedClient | undefined;
}

const HOLDER = Symbol.for('toklink.social');

/** Returns the holder on `globalThis`, because a hot reload runs this module again and must not reset the limits. */
function holder(): Holder {
  const root = globalThis as { [HOLDER]?: Holder };
  return (root[HOLDER] ??= { options: {}, client: undefined });
}

export function shared(): SharedClient {
  const held = holder();
  return (held.client ??= new SharedClient(held.options));
}

/** Sets the options of the shared client. Call it once at start-up; later calls throw while the shared client is in use. */
export function configureSocial(options: SharedClientOptions): void {
  if (holder().client !== undefined) {
    throw new Error('toklink/social is already in use; call configureSocial at start-up, or resetSocial first');
  }
  if (options.client instanceof Client) {
    throw new Error('configureSocial accepts a mock client only; for a Client, pass { client, account } to createSocialClient');
  }
  holder().options = options;
}

/** For tests: closes the shared client and deletes its tokens, limits and options, so that the next call creates a new one. */
export async function resetSocial(): Promise<void> {
  const { client } = holder();
  delete (globalThis as { [HOLDER]?: Holder })[HOLDER];
  await client?.close();
}
