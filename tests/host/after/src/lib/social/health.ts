import type { AccountHealth } from 'toklink/prisma';
import { prisma } from '@/lib/database';

/** The number of consecutive errors after which an account has the score 0. */
const ERRORS_TO_ZERO = 5;

/** Stores the health of an account after each call. */
export async function recordHealth({ rowId, at, error, quota, operation }: AccountHealth): Promise<void> {
  const limits = quota && {
    rateLimitTotal: quota.limit,
    rateLimitRemaining: quota.remaining,
    rateLimitResetAt: new Date(quota.resetAt),
  };
  const known = await prisma().socialAccountHealth.findUnique({ where: { accountId: rowId } });
  const consecutiveErrors = error === null ? 0 : (known?.consecutiveErrors ?? 0) + 1;
  const score = Math.max(0, 100 - (100 / ERRORS_TO_ZERO) * consecutiveErrors);
  const data = {
    ...limits,
    score,
    status: score > 75 ? 'HEALTHY' : score > 50 ? 'DEGRADED' : score > 25 ? 'UNHEALTHY' : 'CRITICAL',
    consecutiveErrors,
    tokenRefreshRequired: error?.code === 'UNAUTHORIZED',
    ...(error === null ? { lastSyncAt: at } : { lastError: error.message, lastErrorAt: at }),
  };
  await prisma().socialAccountHealth.upsert({ where: { accountId: rowId }, update: data, create: { ...data, accountId: rowId } });
  if (error === null) return;
  const type = error.code === 'UNAUTHORIZED' ? 'TOKEN_EXPIRED' : error.code === 'RATE_LIMITED' ? 'RATE_LIMITED' : 'API_ERROR';
  await prisma().socialHealthEvent.create({ data: { accountId: rowId, type, message: `${operation}: ${error.message}` } });
}
