import type { TikTokApi } from '../client-interface.js';
import type { ErrorCode, ErrorOwner } from '../errors.js';
import type { HttpErrorCode } from './respond.js';
import type { AccountStatus, WebhookEffect, WebhookEvent } from '../types.js';

/** The fields that every host session must have. */
export interface HostSession {
  user: { id: string };
}

/** The actions that a user can perform in a workspace. */
export type TikTokPermission = 'social:connect' | 'social:disconnect' | 'social:view' | 'social:post';

/** A workspace of the host. */
export interface Workspace {
  id: string;
  slug: string;
}

/** A stored account, as the host's `accounts` hook returns it. */
export interface FoundAccount {
  /** The workspace id; toklink's tenant. */
  workspaceId: string;
  /** TikTok's open_id. */
  accountId: string;
  /**
   * The status of the account. The routes reject an account that is EXPIRED or DISCONNECTED, or that has one of the host's own
   * statuses, such as SUSPENDED. They serve accounts in other statuses, because only a successful call ends RATE_LIMITED,
   * RESTRICTED and ERROR.
   */
  status: AccountStatus | (string & {});
}

/**
 * A step of a login or a post, for success metrics: `started`, then `finished` or `failed`. If the user does not return from a
 * login, only the first step is reported.
 */
export interface RouteFlow {
  flow: 'login' | 'publish';
  step: 'started' | 'finished' | 'failed';
  /** The error code of a failure, from toklink or from the routes. */
  code: ErrorCode | HttpErrorCode | null;
  /** The party that has to act after a failure. It is `user` for a declined consent or a file that cannot be posted. */
  owner: ErrorOwner | null;
}

/** Options of the routes: the client, and hooks into the host. */
export interface TikTokRouteOptions<S extends HostSession = HostSession> {
  /** The client, or a function that returns it. Each request calls the function. */
  client: TikTokApi | (() => TikTokApi | Promise<TikTokApi>);
  /**
   * Returns the host's session, or `null` for a request without one. An error counts as signed out and is reported to `onError`.
   */
  auth: (request: Request) => S | null | Promise<S | null>;
  /**
   * Throws when the session may not perform the action in the workspace. The message of an `AccessDenied` is shown to the user.
   * An error whose message contains "Unauthorized" becomes 401. Any other error becomes 403 with fixed text, and is reported to
   * `onError`.
   */
  permissions: (session: S, workspaceId: string, permission: TikTokPermission) => unknown;
  workspaces: {
    /** Returns the workspace, or `null` if it does not exist. Redirects use its slug, never a slug from a query. */
    byId: (workspaceId: string) => Workspace | null | Promise<Workspace | null>;
  };
  accounts: {
    /**
     * Resolves to all TikTok accounts with this id, in the given workspace or in all workspaces. The id is the host's own row id
     * or TikTok's open_id. `prismaAccounts` of `toklink/prisma` implements this function.
     */
    find: (accountId: string, workspaceId: string | null) => Promise<FoundAccount[]>;
  };
  /** The host's paths to which the routes redirect, without an origin. */
  redirects?: {
    /** Default `/login`. */
    login?: string;
    /** Default `/orbit/{slug}/settings/accounts`, or `/admin/social-media/accounts` without a workspace. */
    accounts?: (workspaceSlug: string | null) => string;
  };
  /** Path of the callback route. Default `/api/social/tiktok/callback`. */
  callbackPath?: string;
  uploads?: {
    /** Default 4,000,000,000 (docs/tiktok-api.md 5.10). */
    maxBytes?: number;
    /** Maximum number of concurrent uploads in this process. Default 8. A post that is only waiting for TikTok does not count. */
    maxRunning?: number;
    /** Maximum number of concurrent uploads per workspace. Default: half of `maxRunning`. */
    maxPerWorkspace?: number;
    /** Maximum number of concurrent uploads per user. Default: a quarter of `maxRunning`. */
    maxPerUser?: number;
  };
  webhooks?: {
    /** Client secrets that are also accepted while the secret is being changed in TikTok's portal. */
    previousSecrets?: string[];
    /**
     * Called with each verified webhook after toklink has applied it. If it throws, the route responds with an error, and TikTok
     * delivers the webhook again. `dedupeKey` is the same for every delivery of a webhook.
     */
    onEvent?: (event: WebhookEvent, effect: WebhookEffect) => unknown;
  };
  /** Options of the routes that the host's scheduler calls: `collectMetrics` and `migrate`. */
  cron?: {
    /**
     * The secret that the scheduler sends in `Authorization: Bearer ...` or `X-Cron-Secret`. Default: CRON_SECRET of `env`.
     * Without a secret, the routes respond with 503.
     */
    secret?: string;
    /** The maximum number of accounts per run. The query parameter `limit` overrides it. Default 100. */
    limit?: number;
    /**
     * Also reads accounts whose metrics of today are older than this, in milliseconds. The query parameter `maxAge` (seconds)
     * overrides it. For a scheduler that calls every 15 minutes, use 600000. Default: each account once a day (UTC), regardless
     * of the number of calls.
     */
    maxAgeMs?: number;
  };
  /**
   * Enables the route that migrates accounts from the host's own code to toklink, or back (docs/ACCOUNTS.md). Remove this option
   * when all accounts are migrated: without it, the route responds with 404.
   */
  migration?: {
    /** Also encrypts tokens that are stored in plaintext. Default false. */
    acceptClearText?: boolean;
    /** `legacy` writes the host's old format, for a rollback. Default `current`. */
    format?: 'current' | 'legacy';
  };
  /**
   * The codes of TikTok's verification files: the part of the file name between `tiktok` and `.txt`. Default: TIKTOK_VERIFICATION
   * of `env`, separated by commas.
   */
  verification?: string[];
  /** The environment variables, including the base URL and CRON_SECRET. Default `process.env`. */
  env?: Record<string, string | undefined>;
  /**
   * Called with each step of logins and posts, for example to count them (docs/GUIDE_NEXTJS.md). The steps contain no secrets and
   * no user ids. If it throws or rejects, the error is reported to `onError`.
   */
  onFlow?: (flow: RouteFlow) => unknown;
  /**
   * Called with errors that the response does not explain. Default: `console.error`. If it throws or rejects, that error is
   * printed with `console.error`.
   */
  onError?: (error: unknown, route: string) => unknown;
}
