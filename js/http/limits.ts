import { ToklinkError } from '../errors.js';
import type { HostSession, TikTokRouteOptions } from './options.js';

/**
 * Throws CONFIG for a limit that is not a positive whole number. Comparisons with NaN are always false, so such a limit would
 * have no effect.
 */
export function requireLimits({ uploads, cron }: TikTokRouteOptions<HostSession>): void {
  const limits = {
    'uploads.maxBytes': uploads?.maxBytes,
    'uploads.maxRunning': uploads?.maxRunning,
    'uploads.maxPerWorkspace': uploads?.maxPerWorkspace,
    'uploads.maxPerUser': uploads?.maxPerUser,
    'cron.limit': cron?.limit,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw ToklinkError.config([{ variable: name, problem: `is ${String(value)}`, fix: 'use a whole number from 1' }]);
  }
}
