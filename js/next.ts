import { catchAll, createTikTokRoutes, type HostSession, type TikTokRouteOptions } from './http/index.js';
import { PublishJobs } from './http/jobs.js';
import { perProcess } from './runtime/per-process.js';

export { AccessDenied, createTikTokRoutes, HttpError, STATUS_OF } from './http/index.js';
export { findPerProcess, perProcess } from './runtime/per-process.js';
export type { FoundAccount, HostSession, HttpErrorCode, RouteFlow, TikTokPermission, TikTokRouteOptions, TikTokRoutes, Workspace } from './http/index.js';

type Handler = (request: Request) => Promise<Response>;

/** Route handlers by the method that Next.js expects as an export. */
export interface TikTokHandlers {
  /** All routes, for one catch-all route such as `app/api/social/tiktok/[...tiktok]/route.ts`. */
  handlers: { GET: Handler; POST: Handler; PATCH: Handler };
  connect: { GET: Handler };
  callback: { GET: Handler };
  metrics: { GET: Handler };
  metricsHistory: { GET: Handler };
  /** For the host's scheduler. */
  collectMetrics: { GET: Handler };
  videos: { GET: Handler };
  quota: { GET: Handler };
  creator: { GET: Handler };
  /** POST publishes, GET returns the progress of the upload, PATCH continues it. */
  publish: { GET: Handler; POST: Handler; PATCH: Handler };
  publishPhotos: { POST: Handler };
  publishEvents: { GET: Handler };
  cancelPublish: { POST: Handler };
  disconnect: { POST: Handler };
  /** For the operator: encrypts the tokens of the host's own code. 404 without the option `migration`. */
  migrate: { POST: Handler };
  webhook: { POST: Handler };
  /** TikTok's `tiktok<code>.txt`; `withToklink` rewrites the root of the domain to it. */
  verificationFile: { GET: Handler };
}

/**
 * Creates the handlers of a Next.js app: `export const { GET, POST, PATCH } = tiktok.handlers` in one catch-all route, or one line per
 * route file, `export const { GET } = tiktok.connect`. Running publishes survive a hot reload; create the client with `perProcess` so
 * that it survives too.
 */
export function createTikTokHandlers<S extends HostSession>(options: TikTokRouteOptions<S>): TikTokHandlers {
  const routes = createTikTokRoutes(options, perProcess('publish jobs', () => new PublishJobs()));
  const any = catchAll(options, routes);
  return {
    handlers: { GET: any, POST: any, PATCH: any },
    connect: { GET: routes.connect },
    callback: { GET: routes.callback },
    metrics: { GET: routes.metrics },
    metricsHistory: { GET: routes.metricsHistory },
    collectMetrics: { GET: routes.collectMetrics },
    videos: { GET: routes.videos },
    quota: { GET: routes.quota },
    creator: { GET: routes.creator },
    publish: { GET: routes.publishOffset, POST: routes.publish, PATCH: routes.resumePublish },
    publishPhotos: { POST: routes.publishPhotos },
    publishEvents: { GET: routes.publishEvents },
    cancelPublish: { POST: routes.cancelPublish },
    disconnect: { POST: routes.disconnect },
    migrate: { POST: routes.migrate },
    webhook: { POST: routes.webhook },
    verificationFile: { GET: routes.verificationFile },
  };
}
