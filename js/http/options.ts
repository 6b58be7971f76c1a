import type { TikTokApi } from '../client-interface.js';
import type { ErrorCode, ErrorOwner } from '../errors.js';
import type { HttpErrorCode } from './respond.js';
import type { AccountStatus, WebhookEffect, WebhookEvent } from '../types.js';

/** The least that a signed-in person of the host must have. */
export interface HostSession {
  user: { id: string };
}

/** What a person may do in a workspace. */
export type TikTokPermission = 'social:connect' | 'social:disconnect' | 'social:view' | 'social:post';

export interface Workspace {
  id: string;
  slug: string;
}

/** A stored account as the routes need it. */
export interface FoundAccount {
  /** The workspace id; toklink's tenant. */
  workspaceId: string;
  /** TikTok's open_id. */
  accountId: string;
  /**
   * The routes refuse an account that is EXPIRED or DISCONNECTED, or whose status is a word of the host's own, such as
   * SUSPENDED. They serve the others, because only a call that succeeds clears RATE_LIMITED, RESTRICTED and ERROR.
   */
  status: AccountStatus | (string & {});
}

/**
 * A login or a post, for those who watch how many succeed: begun, then finished or failed. A login that nobody comes back from
 * stays begun.
 */
export interface RouteFlow {
  flow: 'login' | 'publish';
  step: 'begun' | 'finished' | 'failed';
  /** Of a failure: toklink's or the routes' own code. */
  code: ErrorCode | HttpErrorCode | null;
  /** Of a failure: whose move it is; `user` for a consent that was declined or a file that cannot be posted. */
  owner: ErrorOwner | null;
}

export interface TikTokRouteOptions<S extends HostSession = HostSession> {
  client: TikTokApi | (() => TikTokApi | Promise<TikTokApi>);
  /** Returns the host's session, or `null` for a request without one. An error counts as signed out and is reported to `onError`. */
  auth: (request: Request) => S | null | Promise<S | null>;
  /**
   * Throws when the session may not do this in the workspace. The person reads the message of an `AccessDenied` only. An error
   * whose message contains "Unauthorized" becomes 401, any other 403 with fixed text; the latter is reported to `onError`.
   */
  permissions: (session: S, workspaceId: string, permission: TikTokPermission) => unknown;
  workspaces: {
    /** `null` when there is none. The slug of a redirect comes from here, never from a query. */
    byId: (workspaceId: string) => Workspace | null | Promise<Workspace | null>;
  };
  accounts: {
    /**
     * Every TikTok account with this id, in one workspace when it is given. The id is the host's own row id or TikTok's
     * open_id; `toklink/prisma` has this as `prismaAccounts`.
     */
    find: (accountId: string, workspaceId: string | null) => Promise<FoundAccount[]>;
  };
  /** Where the person is sent: paths of the host, without origin. */
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
    /** Uploads at the same time, in this process. Default 8. A post that only waits for TikTok does not count. */
    maxRunning?: number;
    /** Uploads of one workspace at the same time. Default half of `maxRunning`. */
    maxPerWorkspace?: number;
    /** Uploads of one person at the same time. Default a quarter of `maxRunning`. */
    maxPerUser?: number;
  };
  webhooks?: {
    /** Client secrets that still count beside the current one, while it is being changed at TikTok. */
    previousSecrets?: string[];
    /**
     * Told of each genuine webhook after toklink has applied it; when it throws, TikTok tells it again. `dedupeKey` is the
     * same for every repetition.
     */
    onEvent?: (event: WebhookEvent, effect: WebhookEffect) => unknown;
  };
  /** The jobs that the host's scheduler calls: `collectMetrics` and `migrate`. */
  cron?: {
    /** What `Authorization: Bearer ...` or `X-Cron-Secret` must hold. Default CRON_SECRET of `env`; without any the routes answer 503. */
    secret?: string;
    /** The most accounts a run reads, unless the query `limit` says otherwise. Default 100. */
    limit?: number;
    /**
     * Reads accounts whose figures of today are older than this, in milliseconds; the query `maxAge` (seconds) overrides it. For a
     * scheduler that calls every 15 minutes use 600000. Default: each account once a day (UTC), however often the scheduler calls.
     */
    maxAgeMs?: number;
  };
  /**
   * Switches on the route that moves accounts of the host's own code to toklink, or back (docs/ACCOUNTS.md). Remove it when all
   * accounts are moved: without it the route answers 404.
   */
  migration?: {
    /** Also encrypts tokens that are stored in clear text. Default false. */
    acceptClearText?: boolean;
    /** `legacy` writes the host's old format, for a rollback. Default `current`. */
    format?: 'current' | 'legacy';
  };
  /** The codes of TikTok's verification files, the part of the name between `tiktok` and `.txt`. Default TIKTOK_VERIFICATION of `env`, commas between them. */
  verification?: string[];
  /** Where the base URL and CRON_SECRET are read from. Default `process.env`. */
  env?: Record<string, string | undefined>;
  /**
   * Called with each step of logins and posts; docs/GUIDE_NEXTJS.md counts them. Nothing in it is secret or names a person. An
   * error or a rejection of it is reported to `onError`.
   */
  onFlow?: (flow: RouteFlow) => unknown;
  /**
   * Called with faults that the answer only hints at. Default: `console.error`, which also prints what `onError` itself throws or
   * rejects with.
   */
  onError?: (error: unknown, route: string) => unknown;
}
