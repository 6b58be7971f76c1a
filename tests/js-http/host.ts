import { beforeEach } from 'vitest';
import type { TikTokApi } from '../../js/client-interface.js';
import { AccessDenied, createTikTokRoutes } from '../../js/http/index.js';
import { PublishJobs } from '../../js/http/jobs.js';
import type { FoundAccount, RouteFlow, TikTokRouteOptions, TikTokRoutes } from '../../js/http/index.js';
import type { Account, LoginInspection } from '../../js/types.js';
import { ManualClock } from './clock.js';

export const ORIGIN = 'https://app.example.test';
export const COOKIE = 'toklink_login_0123456789abcdef';

export const ACCOUNT: Account = {
  tenant: 'ws1',
  accountId: 'open-1',
  displayName: 'Ana Makes & Co',
  username: 'ana.makes',
  avatarUrl: null,
  scopes: ['user.info.basic'],
  requestedScopes: ['user.info.basic'],
  missingScopes: [],
  status: 'ACTIVE',
  connectedAt: '2026-01-01T00:00:00.000Z',
  tokenExpiresAt: '2026-01-01T02:00:00.000Z',
  connectedBy: 'olivia',
};

export const INSPECTION: LoginInspection = {
  tenant: 'ws1',
  userId: 'olivia',
  returnTo: '/orbit/acme/settings/accounts',
  cookieName: COOKIE,
};

/** A host with two workspaces. olivia owns ws1 and is a viewer in ws2, victor the reverse. */
export class Host {
  user: string | null = 'olivia';
  roles: Record<string, string> = {
    'olivia ws1': 'OWNER',
    'olivia ws2': 'VIEWER',
    'victor ws1': 'VIEWER',
    'victor ws2': 'OWNER',
  };
  rows: FoundAccount[] = [
    { workspaceId: 'ws1', accountId: 'open-1', status: 'ACTIVE' },
    { workspaceId: 'ws2', accountId: 'open-2', status: 'ACTIVE' },
    { workspaceId: 'ws1', accountId: 'open-old', status: 'EXPIRED' },
  ];
  /** The calls of the client, in order. */
  calls: [string, ...unknown[]][] = [];
  errors: unknown[] = [];
  flows: RouteFlow[] = [];
  onFlow: (flow: RouteFlow) => void = (flow) => this.flows.push(flow);
  env: Record<string, string | undefined> = { NEXTAUTH_URL: ORIGIN };
  api: Partial<TikTokApi> = {};
  readonly clock = new ManualClock();
  readonly options: TikTokRouteOptions;
  readonly routes: TikTokRoutes;

  constructor() {
    const defaults: Partial<TikTokApi> = {
      beginLogin: async () => ({
        authorizeUrl: 'https://www.tiktok.com/v2/auth/authorize/?state=s',
        state: 's',
        cookie: { name: COOKIE, value: 'sealed', maxAgeSec: 600 },
      }),
      inspectLogin: () => INSPECTION,
      completeLogin: async () => ({ ...INSPECTION, account: ACCOUNT, requestedScopes: [], missingScopes: [] }),
      disconnect: async () => {},
      findPublish: async () => null,
    };
    const client = new Proxy({} as TikTokApi, {
      get: (_target, name: keyof TikTokApi) => {
        // Otherwise `await` would treat the client as a promise.
        if ((name as string) === 'then') return undefined;
        const method = (this.api[name] ?? defaults[name]) as ((...args: unknown[]) => unknown) | undefined;
        if (method === undefined) throw new Error(`the test did not expect a call of ${String(name)}`);
        return (...args: unknown[]) => {
          this.calls.push([name, ...args]);
          return method(...args);
        };
      },
    });
    this.options = {
      client: () => client,
      auth: () => (this.user === null ? null : { user: { id: this.user } }),
      permissions: (session, workspaceId, permission) => {
        const role = this.roles[`${session.user.id} ${workspaceId}`];
        if (role === undefined) throw new AccessDenied('You are not a member of this workspace.');
        if (role === 'VIEWER' && permission !== 'social:view') throw new AccessDenied(`As VIEWER you may not do this.`);
      },
      workspaces: {
        byId: (id) => ({ ws1: { id, slug: 'acme' }, ws2: { id, slug: 'beta' } })[id] ?? null,
      },
      accounts: {
        find: async (accountId, workspaceId) =>
          this.rows.filter(
            (row) => row.accountId === accountId && (workspaceId === null || row.workspaceId === workspaceId),
          ),
      },
      uploads: { maxBytes: 10_000_000, maxRunning: 4, maxPerWorkspace: 3, maxPerUser: 2 },
      env: this.env,
      onFlow: (flow) => this.onFlow(flow),
      onError: (error) => this.errors.push(error),
    };
    this.routes = createTikTokRoutes(this.options, new PublishJobs(this.clock));
  }

  called(name: keyof TikTokApi): unknown[][] {
    return this.calls.filter(([called]) => called === name).map(([, ...args]) => args);
  }
}

export function get(path: string, headers: Record<string, string> = {}): Request {
  return new Request(`http://internal:3000/api/social/tiktok/${path}`, { headers });
}

export function post(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(`http://internal:3000/api/social/tiktok/${path}`, {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Creates a host for each test of a file. */
export function withHost(): () => Host {
  let host: Host;
  beforeEach(() => {
    host = new Host();
  });
  return () => host;
}

export async function errorOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: string }).error;
}

export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

export function location(response: Response): URL {
  return new URL(response.headers.get('location') ?? '');
}
