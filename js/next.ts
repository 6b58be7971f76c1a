import { createTikTokRoutes, type HostSession, type TikTokRouteOptions } from './http/index.js';

export { createTikTokRoutes, STATUS_OF } from './http/index.js';
export type { FoundAccount, HostSession, TikTokPermission, TikTokRouteOptions, TikTokRoutes, Workspace } from './http/index.js';

type Handler = (request: Request) => Promise<Response>;

/** Route handlers by the method that Next.js wants exported. */
export interface TikTokHandlers {
  connect: { GET: Handler };
  callback: { GET: Handler };
  metrics: { GET: Handler };
  metricsHistory: { GET: Handler };
  /** For the host's scheduler. */
  collectMetrics: { GET: Handler };
  videos: { GET: Handler };
  quota: { GET: Handler };
  creator: { GET: Handler };
  publish: { POST: Handler };
  publishPhotos: { POST: Handler };
  publishEvents: { GET: Handler };
  cancelPublish: { POST: Handler };
  disconnect: { POST: Handler };
  webhook: { POST: Handler };
}

/**
 * The handlers of a Next.js app, one line per route file: `export const { GET } = tiktok.connect`. Make them once per
 * process (on `globalThis` in development), since they hold the running publishes.
 */
export function createTikTokHandlers<S extends HostSession>(options: TikTokRouteOptions<S>): TikTokHandlers {
  const routes = createTikTokRoutes(options);
  return {
    connect: { GET: routes.connect },
    callback: { GET: routes.callback },
    metrics: { GET: routes.metrics },
    metricsHistory: { GET: routes.metricsHistory },
    collectMetrics: { GET: routes.collectMetrics },
    videos: { GET: routes.videos },
    quota: { GET: routes.quota },
    creator: { GET: routes.creator },
    publish: { POST: routes.publish },
    publishPhotos: { POST: routes.publishPhotos },
    publishEvents: { GET: routes.publishEvents },
    cancelPublish: { POST: routes.cancelPublish },
    disconnect: { POST: routes.disconnect },
    webhook: { POST: routes.webhook },
  };
}
