import { routeContext, type RouteContext } from './context.js';
import type { HostSession, TikTokRouteOptions } from './options.js';
import { PublishJobs } from './jobs.js';
import { ownAddress, requireAddress } from './origin.js';
import { routesAt, type Method, type RouteName } from './paths.js';
import { errorResponse, HttpError } from './respond.js';
import { callback } from './routes/callback.js';
import { collectMetrics } from './routes/collect.js';
import { connect } from './routes/connect.js';
import { disconnect } from './routes/disconnect.js';
import { migrate } from './routes/migrate.js';
import { cancelPublish, publish } from './routes/publish.js';
import { publishPhotos } from './routes/publish-photos.js';
import { publishEvents } from './routes/publish-events.js';
import { publishOffset, resumePublish } from './routes/publish-resume.js';
import { creator, metrics, metricsHistory, quota, videos } from './routes/read.js';
import { verificationFile } from './routes/verification.js';
import { webhook } from './routes/webhook.js';

export type { FoundAccount, HostSession, RouteFlow, TikTokPermission, TikTokRouteOptions, Workspace } from './options.js';
export { AccessDenied } from './access-denied.js';
export type { RouteName } from './paths.js';
export { HttpError, STATUS_OF } from './respond.js';
export type { HttpErrorCode } from './respond.js';

const ROUTES = {
  connect,
  callback,
  metrics,
  metricsHistory,
  collectMetrics,
  videos,
  quota,
  creator,
  publish,
  publishOffset,
  resumePublish,
  publishPhotos,
  publishEvents,
  cancelPublish,
  disconnect,
  migrate,
  webhook,
  verificationFile,
} satisfies Record<RouteName, (context: RouteContext, request: Request) => Promise<Response>>;

/** All routes of toklink, as functions from a standard Request to a standard Response. */
export type TikTokRoutes = Record<RouteName, (request: Request) => Promise<Response>>;

/**
 * Creates the routes. Call it once per process, because `jobs` holds the running publishes. Throws CONFIG in production when the
 * app's URL is not set.
 */
export function createTikTokRoutes<S extends HostSession>(options: TikTokRouteOptions<S>, jobs = new PublishJobs()): TikTokRoutes {
  requireAddress(options.env ?? process.env);
  const context = routeContext(options, jobs);
  const entries = Object.entries(ROUTES).map(([name, route]) => [
    name,
    async (request: Request) => {
      try {
        return await route(context, request);
      } catch (error) {
        context.report(error, name);
        return errorResponse(error);
      }
    },
  ]);
  return Object.fromEntries(entries) as TikTokRoutes;
}

/** Returns one handler for all routes. It selects the route by the path below the callback's folder. */
export function catchAll<S extends HostSession>(options: TikTokRouteOptions<S>, routes: TikTokRoutes): (request: Request) => Promise<Response> {
  return async (request) => {
    const { cookiePath } = ownAddress(options.env ?? process.env, options.callbackPath);
    const found = routesAt(new URL(request.url).pathname, cookiePath);
    if (found === null) return errorResponse(new HttpError(404, 'NOT_FOUND', 'This route does not exist.'));
    const name = found[(request.method === 'HEAD' ? 'GET' : request.method) as Method];
    if (name !== undefined) return routes[name](request);
    const methods = Object.keys(found);
    const refused = errorResponse(new HttpError(405, 'BAD_REQUEST', `This route accepts ${methods.join(', ')}.`));
    refused.headers.set('allow', methods.join(', '));
    return refused;
  };
}
