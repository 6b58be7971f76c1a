import type { TikTokApi } from '../client-interface.js';
import type { AccountKey, AccountRef } from '../types.js';
import type { OAuthTokenResponse } from './types.js';

/** Matches toklink's encrypted values, `tk1.<key id>.<base64url>`, and those of the dashboard's helper, `iv:tag:cipher` in hex. */
const ENCRYPTED = /^(tk1\.|[0-9a-f]{32}:[0-9a-f]{32}:[0-9a-f]+$)/i;

/** Returns true when a token is ciphertext from a database column, which TikTok would reject as a bearer token. */
export function isEncrypted(token: string | undefined): token is string {
  return token !== undefined && ENCRYPTED.test(token);
}

/** Creates the error for an encrypted token. If it were sent, TikTok's `invalid_grant` would make the host mark the account as expired. */
export function encryptedToken(what: 'access token' | 'refresh token'): Error {
  return new Error(
    `the TikTok ${what} is encrypted, so it was not sent; pass { client, account } to createSocialClient, ` +
      'or read a token with client.accessToken(account)',
  );
}

/** One account of a `Client`, which stores and refreshes the account's token. All users of the client share its limits and cache. */
export class AccountSession {
  readonly client: TikTokApi;
  readonly #given: AccountRef | undefined;
  readonly #sealed: string | undefined;
  readonly #accountId: string | undefined;
  #found: Promise<AccountRef> | undefined;

  constructor(client: TikTokApi, account: { given: AccountRef } | { accountId: string; sealed: string }) {
    this.client = client;
    this.#given = 'given' in account ? account.given : undefined;
    this.#accountId = 'given' in account ? undefined : account.accountId;
    this.#sealed = 'given' in account ? undefined : account.sealed;
  }

  /** Resolves to the account. Without a workspace, finds it by its encrypted token, which can be decrypted for one row only. */
  account(): Promise<AccountRef> {
    return (this.#found ??= this.#find().catch((fault: unknown) => {
      this.#found = undefined;
      throw fault;
    }));
  }

  /** Resolves to a valid access token. Does not return the refresh token, which only the client may use. */
  async tokens(): Promise<OAuthTokenResponse> {
    const account = await this.account();
    const accessToken = await this.client.accessToken(account);
    const { tokenExpiresAt, scopes } = await this.client.account(account);
    return { accessToken, expiresAt: new Date(tokenExpiresAt), tokenType: 'Bearer', scope: scopes.join(',') };
  }

  async #find(): Promise<AccountRef> {
    if (this.#given !== undefined) return this.#given;
    const rows = (await this.client.accounts()).filter(({ accountId }) => accountId === this.#accountId);
    const match = rows.find((row) => this.#opens(row));
    if (match === undefined) throw encryptedToken('access token');
    return { tenant: match.tenant, accountId: match.accountId };
  }

  #opens({ tenant, accountId }: AccountKey): boolean {
    try {
      this.client.unseal({ tenant, accountId, field: 'access_token' }, this.#sealed ?? '');
      return true;
    } catch {
      return false;
    }
  }
}
