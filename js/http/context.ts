import type { TikTokApi } from '../client-interface.js';
import { contained } from '../contained.js';
import { ToklinkError } from '../errors.js';
import type { PublishJobs } from './jobs.js';
import { requireLimits } from './limits.js';
import type { HostSession, RouteFlow, TikTokRouteOptions } from './options.js';
import { ownAddress, type OwnAddress } from './origin.js';
import { HttpError } from './respond.js';

/** What every route is given. */
export interface RouteContext {
  options: TikTokRouteOptions<HostSession>;
  /** Read at each request, so that a host may set its environment late. */
  address: OwnAddress;
  jobs: PublishJobs;
  client: () => Promise<TikTokApi>;
  accountsPath: (workspaceSlug: string | null) => string;
  /** Tells the host of a step; with an error, of a failure. */
  flow: (flow: RouteFlow['flow'], step: 'begun' | 'finished' | { failed: unknown }) => void;
  /** Tells the host how a publish ended: what it failed of, or `null`. */
  ended: (route: string, failure: unknown) => void;
  /** Tells the host of a fault; refusals and the person's own errors are no news to it. */
  report: (error: unknown, route: string) => void;
}

function accountsPath(workspaceSlug: string | null): string {
  return workspaceSlug === null
    ? '/admin/social-media/accounts'
    : `/orbit/${encodeURIComponent(workspaceSlug)}/settings/accounts`;
}

function blame(error: unknown): Pick<RouteFlow, 'code' | 'owner'> {
  if (ToklinkError.is(error)) return { code: error.code, owner: error.owner };
  // What a route refuses is what a person, or their browser, did.
  if (HttpError.is(error)) return { code: error.code, owner: 'user' };
  return { code: 'INTERNAL', owner: 'app' };
}

/**
 * Prints one line for what toklink explains itself: anyone can make it fail, and so fill a log. The host's own error that it comes of
 * is printed whole.
 */
function print(error: unknown, route: string): void {
  if (ToklinkError.is(error)) {
    const line = `toklink: ${route}: ${error.code}: ${error.message}`;
    if (error.cause === undefined) console.error(line);
    else console.error(line, error.cause);
  } else console.error(`toklink: the ${route} route failed:`, error);
}

export function routeContext<S extends HostSession>(given: TikTokRouteOptions<S>, jobs: PublishJobs): RouteContext {
  // The hooks only ever see sessions that the host's own `auth` made.
  const hooks = given as unknown as TikTokRouteOptions<HostSession>;
  requireLimits(hooks);
  const onError = (error: unknown, route: string): void =>
    contained(
      () => (hooks.onError ? hooks.onError(error, route) : print(error, route)),
      (fault) => {
        print(error, route);
        print(fault, 'onError');
      },
    );
  // Inherits the rest, so that an option that the host changes later counts.
  const options: TikTokRouteOptions<HostSession> = Object.assign(Object.create(hooks) as TikTokRouteOptions<HostSession>, { onError });
  const context: RouteContext = {
    options,
    get address() {
      return ownAddress(options.env ?? process.env, options.callbackPath);
    },
    jobs,
    client: async () => (typeof options.client === 'function' ? options.client() : options.client),
    accountsPath: options.redirects?.accounts ?? accountsPath,
    flow: (flow, step) => {
      const told: RouteFlow = typeof step === 'string' ? { flow, step, code: null, owner: null } : { flow, step: 'failed', ...blame(step.failed) };
      // A login or a post does not fail because it could not be counted.
      contained(() => options.onFlow?.(told), (fault) => context.report(fault, 'onFlow'));
    },
    ended: (route, failure) => {
      context.flow('publish', failure === null ? 'finished' : { failed: failure });
      if (failure !== null) context.report(failure, route);
    },
    report: (error, route) => {
      if (HttpError.is(error)) return;
      if (ToklinkError.is(error) && error.owner === 'user') return;
      onError(error, route);
    },
  };
  return context;
}
