import { createHash, timingSafeEqual } from 'node:crypto';
import { variable } from '../runtime/environment.js';
import type { HostSession, TikTokRouteOptions } from './options.js';
import { HttpError } from './respond.js';

/** Rejects a request without the scheduler's secret in `Authorization: Bearer` or `X-Cron-Secret`. */
export function requireCronSecret(options: TikTokRouteOptions<HostSession>, { headers }: Request): void {
  const { cron, env = process.env } = options;
  const secret = cron?.secret ?? variable(env, 'CRON_SECRET');
  if (!secret) {
    throw new HttpError(503, 'NOT_SET_UP', 'CRON_SECRET is not set, so no job can run. Set it here and in the scheduler.');
  }
  const bearer = equal(headers.get('authorization') ?? '', `Bearer ${secret}`);
  // Always compares both headers, so that the response time does not reveal which one a scheduler uses.
  const plain = equal(headers.get('x-cron-secret') ?? '', secret);
  if (!bearer && !plain) {
    throw new HttpError(401, 'SIGNED_OUT', 'Unauthorized');
  }
}

/** Compares hashes, so that the response time reveals neither the secret's length nor the position of the first difference. */
function equal(sent: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(sent), hash(wanted));
}
