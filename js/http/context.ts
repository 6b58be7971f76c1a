import type { TikTokApi } from '../client-interface.js';
import { callSafely } from '../runtime/safe-call.js';
import { ToklinkError } from '../errors.js';
import type { PublishJobs } from './jobs.js';
import { requireLimits } from './limits.js';
import type { HostSession, RouteFlow, TikTokRouteOptions } from './options.js';
import { ownAddress, type OwnAddress } from './origin.js';
import { HttpError } from './respond.js';

/** The state that all routes share. */
export interface RouteContext {
  options: TikTokRouteOptions<HostSession>;
  /** Evaluated for each request, so that a host may set its environment variables after importing the routes. */
  address: OwnAddress;
  jobs: PublishJobs;
  client: () => Promise<TikTokApi>;
  accountsPath: (workspaceSlug: string | null) => string;
  /** Reports a step of a login or a post to the host. */
  flow: (flow: RouteFlow['flow'], step: 'started' | 'finished' | { failed: unknown }) => void;
  /** Reports the end of a publish to the host, with its error or `null`. */
  ended: (route: string, failure: unknown) => void;
  /** Reports an error to the host, except refusals and errors that the user caused. */
  report: (error: unknown, route: string) => void;
}

function accountsPath(workspaceSlug: string | null): string {
  return workspaceSlug === null
    ? '/admin/social-media/accounts'
    : `/orbit/${encodeURIComponent(workspaceSlug)}/settings/accounts`;
}

function blame(error: unknown): Pick<RouteFlow, 'code' | 'owner'> {
  if (ToklinkError.is(error)) return { code: error.code, owner: error.owner };
  // The user or the browser caused this rejection.
  if (HttpError.is(error)) return { code: error.code, owner: 'user' };
  return { code: 'INTERNAL', owner: 'app' };
}

/**
 * Prints only one line for an error of toklink, because anyone can cause such errors and fill a log. Prints an error's cause in
 * full, because the cause is an error of the host's own code.
 */
function print(error: unknown, route: string): void {
  if (ToklinkError.is(error)) {
    const line = `toklink: ${route}: ${error.code}: ${error.message}`;
    if (error.cause === undefined) console.error(line);
    else console.error(line, error.cause);
  } else console.error(`toklink: the ${route} route failed:`, error);
}

export function routeContext<S extends HostSession>(given: TikTokRouteOptions<S>, jobs: PublishJobs): RouteContext {
  // The hooks only receive sessions that the host's own `auth` has returned.
  const hooks = given as unknown as TikTokRouteOptions<HostSession>;
  requireLimits(hooks);
  const onError = (error: unknown, route: string): void =>
    callSafely(
      () => (hooks.onError ? hooks.onError(error, route) : print(error, route)),
      (fault) => {
        print(error, route);
        print(fault, 'onError');
      },
    );
  // Inherits from the host's object, so that later changes to its options take effect.
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
      const event: RouteFlow = typeof step === 'string' ? { flow, step, code: null, owner: null } : { flow, step: 'failed', ...blame(step.failed) };
      // A failing metrics hook must not make a login or a post fail.
      callSafely(() => options.onFlow?.(event), (fault) => context.report(fault, 'onFlow'));
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
