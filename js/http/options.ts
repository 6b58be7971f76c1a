import type { TikTokApi } from '../client-interface.js';
import type { ErrorCode, ErrorOwner } from '../errors.js';
import type { HttpErrorCode } from './respond.js';
import type { AccountStatus, WebhookEffect, WebhookEvent } from '../types.js';

/** The minimum content of a host's session. */
export interface HostSession {
  user: { id: string };
}

/** The actions of a user in a workspace. */
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
   * The routes reject an account that is EXPIRED or DISCONNECTED, or has one of the host's own statuses, such as
   * SUSPENDED. They serve the others, because only a successful call ends RATE_LIMITED, RESTRICTED and ERROR.
   */
  status: AccountStatus | (string & {});
}

/**
 * A step of a login or a post, for success metrics: `started`, then `finished` or `failed`. A login whose user does not return has
 * only the first step.
 */
export interface RouteFlow {
  flow: 'login' | 'publish';
  step: 'started' | 'finished' | 'failed';
  /** The code of a failure, of toklink or of the routes. */
  code: ErrorCode | HttpErrorCode | null;
  /** The party that has to act after a failure; `user` for a declined consent or a file that cannot be posted. */
  owner: ErrorOwner | null;
}

/** Options of the routes: the client, and the host's hooks. */
export interface TikTokRouteOptions<S extends HostSession = HostSession> {
  /** The client, or a function that returns it, which each request calls. */
  client: TikTokApi | (() => TikTokApi | Promise<TikTokApi>);
  /** Returns the host's session, or `null` for a request without one. An error counts as signed out and is reported to `onError`. */
  auth: (request: Request) => S | null | Promise<S | null>;
  /**
   * Throws when the session may not do this in the workspace. Only the message of an `AccessDenied` is shown to the user. An error
   * whose message contains "Unauthorized" becomes 401, any other 403 with fixed text; the latter is reported to `onError`.
   */
  permissions: (session: S, workspaceId: string, permission: TikTokPermission) => unknown;
  workspaces: {
    /** Returns the workspace, or `null` when there is none. Redirects use its slug, never one from a query. */
    byId: (workspaceId: string) => Workspace | null | Promise<Workspace | null>;
  };
  accounts: {
    /**
     * Resolves to every TikTok account with this id, in one workspace when it is given. The id is the host's own row id or TikTok's
     * open_id. `prismaAccounts` of `toklink/prisma` implements it.
     */
    find: (accountId: string, workspaceId: string | null) => Promise<FoundAccount[]>;
  };
  /** The host's paths to redirect to, without origin. */
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
    /** Maximum number of concurrent uploads in this process. Default 8. A post that only waits for TikTok does not count. */
    maxRunning?: number;
    /** Maximum number of concurrent uploads of one workspace. Default: half of `maxRunning`. */
    maxPerWorkspace?: number;
    /** Maximum number of concurrent uploads of one user. Default a quarter of `maxRunning`. */
    maxPerUser?: number;
  };
  webhooks?: {
    /** Client secrets that are valid beside the current one, while it is being changed in TikTok's portal. */
    previousSecrets?: string[];
    /**
     * Called with each verified webhook after toklink has applied it. When it throws, the route fails, and TikTok delivers the webhook
     * again. `dedupeKey` is the same for every delivery.
     */
    onEvent?: (event: WebhookEvent, effect: WebhookEffect) => unknown;
  };
  /** The jobs that the host's scheduler calls: `collectMetrics` and `migrate`. */
  cron?: {
    /** The secret in `Authorization: Bearer ...` or `X-Cron-Secret`. Default CRON_SECRET of `env`; without a secret the routes respond with 503. */
    secret?: string;
    /** The maximum number of accounts of a run; the query `limit` overrides it. Default 100. */
    limit?: number;
    /**
     * Also reads accounts whose metrics of today are older than this, in milliseconds; the query `maxAge` (seconds) overrides it. For a
     * scheduler that calls every 15 minutes use 600000. Default: each account once a day (UTC), regardless of the number of calls.
     */
    maxAgeMs?: number;
  };
  /**
   * Enables the route that migrates accounts from the host's own code to toklink, or back (docs/ACCOUNTS.md). Remove it when all
   * accounts are migrated: without it the route responds with 404.
   */
  migration?: {
    /** Also encrypts tokens that are stored in plaintext. Default false. */
    acceptClearText?: boolean;
    /** `legacy` writes the host's old format, for a rollback. Default `current`. */
    format?: 'current' | 'legacy';
  };
  /** The codes of TikTok's verification files, the part of the name between `tiktok` and `.txt`. Default TIKTOK_VERIFICATION of `env`, separated by commas. */
  verification?: string[];
  /** The environment that contains the base URL and CRON_SECRET. Default `process.env`. */
  env?: Record<string, string | undefined>;
  /**
   * Called with each step of logins and posts; docs/GUIDE_NEXTJS.md counts them. The steps contain no secret and name no user. An
   * error or a rejection of it is reported to `onError`.
   */
  onFlow?: (flow: RouteFlow) => unknown;
  /**
   * Called with errors that the response does not explain. Default: `console.error`, which also prints errors of `onError`
   * itself.
   */
  onError?: (error: unknown, route: string) => unknown;
}
