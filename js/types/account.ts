/** Identifies an account. */
export interface AccountKey {
  /** The host's workspace; `''` when it has none. */
  tenant: string;
  /** TikTok's open_id. */
  accountId: string;
}

/** Identifies one connected account: TikTok's open_id, within a tenant (a workspace of the host; `''` when it has none). */
export type AccountRef = string | { tenant?: string; accountId: string };

/**
 * The state of an account. `EXPIRED` and `DISCONNECTED`: the user has to connect again. `RATE_LIMITED`: TikTok refused a call for too
 * many requests. `RESTRICTED`: TikTok has banned the creator from posting. `ERROR`: the stored tokens cannot be decrypted, or TikTok
 * rejects the app. A successful call clears the last three. docs/ACCOUNTS.md lists all transitions.
 */
export type AccountStatus = 'ACTIVE' | 'EXPIRED' | 'ERROR' | 'RATE_LIMITED' | 'RESTRICTED' | 'DISCONNECTED';

/** A connected account, without its tokens. */
export interface Account {
  /** The host's workspace; `''` when it has none. */
  tenant: string;
  /** TikTok's open_id. */
  accountId: string;
  /** Empty if the profile could not be read during the login, because of a limit or an error of TikTok. */
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  /** The scopes that the user granted; empty while they are unknown, until a refresh returns them. */
  scopes: string[];
  /** The scopes that the login requested; empty when the stored row does not contain them. */
  requestedScopes: string[];
  /** Requested scopes that were not granted or are no longer granted. */
  missingScopes: string[];
  status: AccountStatus;
  /** ISO 8601, UTC. */
  connectedAt: string;
  /** ISO 8601, UTC: the expiry of the access token. toklink refreshes the token before this time. */
  tokenExpiresAt: string;
  /** The host's user who connected the account. */
  connectedBy: string;
}
