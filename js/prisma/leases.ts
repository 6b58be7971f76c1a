import type { LeaseStore } from '../types.js';
import { missingModel } from './model.js';

/** The part of a Prisma client, with the optional table of leases (`prisma/leases.prisma`), that is used. */
export interface LeasePrisma {
  tikTokLease: {
    createMany(args: any): PromiseLike<{ count: number }>;
    updateMany(args: any): PromiseLike<{ count: number }>;
    deleteMany(args: any): PromiseLike<{ count: number }>;
  };
}

/**
 * Returns a store of leases that all processes on this database share, on rows of `tiktok_leases`. They only save calls: without
 * them each process has its own leases, and conditional writes alone keep accounts and publishes safe. Each lease is a row, not an advisory lock, because
 * poolers share one session between clients. Times come from the caller, as in every store, so that no statement needs raw SQL: clocks
 * that differ by more than the duration of a lease cost a request, but never an account.
 */
export function prismaLeases(prisma: LeasePrisma): LeaseStore {
  const table = prisma.tikTokLease;
  // A failed lease does not prevent a refresh, so the missing model would otherwise stay unnoticed.
  if (table === undefined) throw missingModel('TikTokLease', 'leases', 'leases');
  return {
    async acquire(name, owner, now, ttlMs) {
      const until = new Date(now + ttlMs);
      // INSERT ... ON CONFLICT DO NOTHING, then one UPDATE with the condition: each is atomic, and between the two,
      // only a lease of another owner can start or end.
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
