export type Method = 'GET' | 'POST' | 'PATCH';

/** The path of each route below the callback's folder, and its methods. The same in every host. */
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

/** The names of all routes. The verification file has no fixed path. */
export type RouteName = ValuesOf<ValuesOf<typeof ROUTES>> | 'verificationFile';

/** The routes at one path, by their method. */
export type Methods = Partial<Record<Method, RouteName>>;

export const PATHS: Readonly<Record<string, Methods>> = ROUTES;

/** The file by which TikTok verifies the app's domain (docs/tiktok-api.md 5.9). */
const VERIFICATION = /^tiktok[A-Za-z0-9]{8,64}\.txt$/;

/**
 * Returns the routes of a path below `folder`, or `null` when there are none. The path is compared exactly as it was sent, so a path
 * with an encoded or doubled slash has no routes.
 */
export function routesAt(pathname: string, folder: string): Methods | null {
  const base = folder === '/' ? '/' : `${folder}/`;
  if (!pathname.startsWith(base)) return null;
  const path = pathname.slice(base.length).replace(/\/$/, '');
  if (VERIFICATION.test(path)) return { GET: 'verificationFile' };
  return Object.hasOwn(PATHS, path) ? (PATHS[path] ?? null) : null;
}
