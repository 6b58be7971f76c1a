import { catchAll, createTikTokRoutes, type HostSession, type TikTokRouteOptions } from './http/index.js';
import { PublishJobs } from './http/jobs.js';
import { perProcess } from './runtime/per-process.js';

export { AccessDenied, createTikTokRoutes, HttpError, STATUS_OF } from './http/index.js';
export { findPerProcess, perProcess } from './runtime/per-process.js';
export type { FoundAccount, HostSession, HttpErrorCode, RouteFlow, TikTokPermission, TikTokRouteOptions, TikTokRoutes, Workspace } from './http/index.js';

type Handler = (request: Request) => Promise<Response>;

/** Route handlers, named by the HTTP methods that Next.js expects as exports. */
export interface TikTokHandlers {
  /** All routes, for one catch-all route such as `app/api/social/tiktok/[...tiktok]/route.ts`. */
  handlers: { GET: Handler; POST: Handler; PATCH: Handler };
  connect: { GET: Handler };
  callback: { GET: Handler };
  metrics: { GET: Handler };
  metricsHistory: { GET: Handler };
  /** Collects metrics when the host's scheduler calls it. */
  collectMetrics: { GET: Handler };
  videos: { GET: Handler };
  quota: { GET: Handler };
  creator: { GET: Handler };
  /** POST publishes a video, GET returns the progress of its upload, and PATCH resumes the upload. */
  publish: { GET: Handler; POST: Handler; PATCH: Handler };
  publishPhotos: { POST: Handler };
  publishEvents: { GET: Handler };
  cancelPublish: { POST: Handler };
  disconnect: { POST: Handler };
  /** Encrypts the tokens that the host's old code stored; for operators. Responds with 404 unless the option `migration` is set. */
  migrate: { POST: Handler };
  webhook: { POST: Handler };
  /** Serves TikTok's verification file `tiktok<code>.txt`. `withToklink` rewrites requests at the root of the domain to it. */
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
