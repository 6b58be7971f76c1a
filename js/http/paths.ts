export type Method = 'GET' | 'POST' | 'PATCH';

/** The path of each route below the callback's folder, and its methods. They are the same in every host. */
const ROUTES = {
  connect: { GET: 'connect' },
  callback: { GET: 'callback' },
  metrics: { GET: 'metrics' },
  'metrics/history': { GET: 'metricsHistory' },
  'metrics/collect': { GET: 'collectMetrics' },
  videos: { GET: 'videos' },
  quota: { GET: 'quota' },
  creator: { GET: 'creator' },
  publish: { GET: 'publishOffset', POST: 'publish', PATCH: 'resumePublish' },
  'publish/photos': { POST: 'publishPhotos' },
  'publish/events': { GET: 'publishEvents' },
  'publish/cancel': { POST: 'cancelPublish' },
  disconnect: { POST: 'disconnect' },
  migrate: { POST: 'migrate' },
  webhook: { POST: 'webhook' },
} as const satisfies Record<string, Partial<Record<Method, string>>>;

type ValuesOf<T> = T extends unknown ? T[keyof T] : never;

/** The names of all routes. The verification file is separate, because its path is not fixed. */
export type RouteName = ValuesOf<ValuesOf<typeof ROUTES>> | 'verificationFile';

/** The routes at one path, by HTTP method. */
export type Methods = Partial<Record<Method, RouteName>>;

export const PATHS: Readonly<Record<string, Methods>> = ROUTES;

/** The name of the file with which TikTok verifies the app's domain (docs/tiktok-api.md 5.9). */
const VERIFICATION = /^tiktok[A-Za-z0-9]{8,64}\.txt$/;

/**
 * Returns the routes at a path below `folder`, or `null` if there are none. The path is compared exactly as the client sent it,
 * so a path with an encoded or doubled slash has no routes.
 */
export function routesAt(pathname: string, folder: string): Methods | null {
  const base = folder === '/' ? '/' : `${folder}/`;
  if (!pathname.startsWith(base)) return null;
  const path = pathname.slice(base.length).replace(/\/$/, '');
  if (VERIFICATION.test(path)) return { GET: 'verificationFile' };
  return Object.hasOwn(PATHS, path) ? (PATHS[path] ?? null) : null;
}
