import type { RouteName } from './index.js';

/** Where each route is below the callback's folder, and how it is called. The same in every host. */
export const PATHS: Readonly<Record<string, { name: RouteName; method: 'GET' | 'POST' }>> = {
  connect: { name: 'connect', method: 'GET' },
  callback: { name: 'callback', method: 'GET' },
  metrics: { name: 'metrics', method: 'GET' },
  'metrics/history': { name: 'metricsHistory', method: 'GET' },
  'metrics/collect': { name: 'collectMetrics', method: 'GET' },
  videos: { name: 'videos', method: 'GET' },
  quota: { name: 'quota', method: 'GET' },
  creator: { name: 'creator', method: 'GET' },
  publish: { name: 'publish', method: 'POST' },
  'publish/photos': { name: 'publishPhotos', method: 'POST' },
  'publish/events': { name: 'publishEvents', method: 'GET' },
  'publish/cancel': { name: 'cancelPublish', method: 'POST' },
  disconnect: { name: 'disconnect', method: 'POST' },
  webhook: { name: 'webhook', method: 'POST' },
};

/** The file by which TikTok knows that a domain is the app's own (docs/tiktok-api.md 5.9). */
const VERIFICATION = /^tiktok[A-Za-z0-9]{8,64}\.txt$/;

/**
 * The route of a path below `folder`, `null` when there is none. Compared as it was sent: an encoded slash or a doubled one
 * names nothing here.
 */
export function routeAt(pathname: string, folder: string): { name: RouteName; method: 'GET' | 'POST' } | null {
  const base = folder === '/' ? '/' : `${folder}/`;
  if (!pathname.startsWith(base)) return null;
  const path = pathname.slice(base.length).replace(/\/$/, '');
  if (VERIFICATION.test(path)) return { name: 'verificationFile', method: 'GET' };
  return Object.hasOwn(PATHS, path) ? (PATHS[path] ?? null) : null;
}
