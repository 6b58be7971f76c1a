import type { TikTokApi } from '../client-interface.js';
import { ToklinkError } from '../errors.js';
import type { PublishJobs } from './jobs.js';
import type { HostSession, TikTokRouteOptions } from './options.js';
import { ownAddress, type OwnAddress } from './origin.js';
import { Refusal } from './respond.js';

/** What every route is given. */
export interface RouteContext {
  options: TikTokRouteOptions<HostSession>;
  /** Read at each request, so that a host may set its environment late. */
  address: OwnAddress;
  jobs: PublishJobs;
  client: () => Promise<TikTokApi>;
  accountsPath: (workspaceSlug: string | null) => string;
  /** Tells the host of a fault; refusals and the person's own errors are no news to it. */
  report: (error: unknown, route: string) => void;
}

function accountsPath(workspaceSlug: string | null): string {
  return workspaceSlug === null
    ? '/admin/social-media/accounts'
    : `/orbit/${encodeURIComponent(workspaceSlug)}/settings/accounts`;
}

export function routeContext<S extends HostSession>(given: TikTokRouteOptions<S>, jobs: PublishJobs): RouteContext {
  // The hooks only ever see sessions that the host's own `auth` made.
  const options = given as unknown as TikTokRouteOptions<HostSession>;
  const { client, onError } = options;
  return {
    options,
    get address() {
      return ownAddress(options.env ?? process.env, options.callbackPath);
    },
    jobs,
    client: async () => (typeof client === 'function' ? client() : client),
    accountsPath: options.redirects?.accounts ?? accountsPath,
    report: (error, route) => {
      if (error instanceof Refusal) return;
      if (ToklinkError.is(error) && error.owner === 'user') return;
      if (onError) onError(error, route);
      // One line for what toklink explains itself: anyone can make it fail, and so fill a log.
      else if (ToklinkError.is(error)) console.error(`toklink: ${route}: ${error.code}: ${error.message}`);
      else console.error(`toklink: the ${route} route failed:`, error);
    },
  };
}
