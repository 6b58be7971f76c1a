import type { LeaseStore } from '../types.js';
import { missingModel } from './model.js';

/** The part of a Prisma client that toklink uses. Its schema must include the optional lease table (`prisma/leases.prisma`). */
export interface LeasePrisma {
  tikTokLease: {
    createMany(args: any): PromiseLike<{ count: number }>;
    updateMany(args: any): PromiseLike<{ count: number }>;
    deleteMany(args: any): PromiseLike<{ count: number }>;
  };
}

/**
 * Returns a lease store in the table `tiktok_leases`, which all processes on this database share. Leases only avoid duplicate calls;
 * conditional writes alone keep accounts and publishes safe. A lease is a row and not an advisory lock, because connection poolers
 * share one session between clients. Times come from the caller, as in every store, so that Prisma can run every statement without
 * raw SQL. Clocks that differ by more than the duration of a lease can cause a duplicate request, but never the loss of an account.
 */
export function prismaLeases(prisma: LeasePrisma): LeaseStore {
  const table = prisma.tikTokLease;
  // Without this check, a missing model would stay unnoticed, because a failed lease does not prevent a refresh.
  if (table === undefined) throw missingModel('TikTokLease', 'leases', 'leases');
  return {
    async acquire(name, owner, now, ttlMs) {
      const until = new Date(now + ttlMs);
      // INSERT ... ON CONFLICT DO NOTHING, then a conditional UPDATE. Each statement is atomic. Between them, only another owner's
      // lease can start or end.
      const free = await table.createMany({ data: [{ name, owner, until }], skipDuplicates: true });
      if (free.count === 1) return true;
      const where = { name, OR: [{ owner }, { until: { lte: new Date(now) } }] };
      return (await table.updateMany({ where, data: { owner, until } })).count === 1;
    },

    async release(name, owner) {
      await table.deleteMany({ where: { name, owner } });
    },

    async expire(before) {
      await table.deleteMany({ where: { until: { lt: new Date(before) } } });
    },
  };
}
