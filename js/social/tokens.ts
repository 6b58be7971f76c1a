import { createHash, randomBytes } from 'node:crypto';
import type { TikTokApi } from '../client-interface.js';
import { Client } from '../client.js';
import type { AccountKey, AccountPage, AccountPatch, AccountRow, AccountStore, ClientOptions, Store } from '../types.js';

/** The maximum number of accounts per process. Beyond it, the account whose token was set longest ago is removed. */
const MOST_ACCOUNTS = 10_000;
/** The assumed lifetime of a token. TikTok's access tokens are valid for a day, and TikTok rejects an expired one. */
const TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;
/** The scopes that toklink requests by default. */
const ALL_SCOPES = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list', 'video.publish', 'video.upload'];
const BASIC_SCOPES = ['user.info.basic'];

/**
 * Keeps the access tokens that the host stores and refreshes itself, in memory and encrypted with a key of this process. Has no
 * refresh tokens, so toklink never rotates a token in the host's database.
 */
class HostTokens implements AccountStore {
  readonly #rows = new Map<string, AccountRow>();

  async load({ accountId }: AccountKey): Promise<AccountRow | null> {
    return this.#rows.get(accountId) ?? null;
  }

  /** Returns an empty page, because toklink never lists these accounts. */
  async list(): Promise<AccountPage> {
    return { rows: [] };
  }

  /** Sets the status after TikTok rejected a token. Without refresh tokens, no other update occurs. */
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

/** The client that all social clients of a process share, because TikTok's limits apply to the whole app. */
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

  /** Sets the token for calls of `accountId`. Returns the account id to pass to these calls. */
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

/** Options of the client that all social clients without the option `client` share. */
export interface SharedClientOptions extends Omit<ClientOptions, 'store' | 'encryptionKey' | 'encryptionKeys' | 'acceptLegacy'> {
  /** For tests: the mock client of `toklink/testing`, which then receives all calls. A `Client` is rejected, because it has its own accounts. */
  client?: TikTokApi;
}

interface Holder {
  options: SharedClientOptions;
  client: SharedClient | undefined;
}

const HOLDER = Symbol.for('toklink.social');

/** Returns the holder on `globalThis`. A hot reload runs this module again and must not reset the limits. */
function holder(): Holder {
  const root = globalThis as { [HOLDER]?: Holder };
  return (root[HOLDER] ??= { options: {}, client: undefined });
}

export function shared(): SharedClient {
  const held = holder();
  return (held.client ??= new SharedClient(held.options));
}

/** Sets the options of the shared client. Call it once at startup; it throws while the shared client is in use. */
export function configureSocial(options: SharedClientOptions): void {
  if (holder().client !== undefined) {
    throw new Error('toklink/social is already in use; call configureSocial at startup, or call resetSocial first');
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
