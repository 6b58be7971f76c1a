import type { AccountStore } from '../types.js';
import { missingModel } from './model.js';

/** What is used of a Prisma client whose schema has the optional table of leases (`prisma/leases.prisma`). */
export interface LeasePrisma {
  tikTokLease: {
    createMany(args: any): PromiseLike<{ count: number }>;
    updateMany(args: any): PromiseLike<{ count: number }>;
    deleteMany(args: any): PromiseLike<{ count: number }>;
  };
}

/** The functions of leases, as rows of `tiktok_leases`. */
export type Leases = Required<Pick<AccountStore, 'acquireLease' | 'releaseLease' | 'expireLeases'>>;

/**
 * Leases that all processes on this database share: spread into the account store,
 * `{ ...prismaAccountStore(prisma), ...prismaLeases(prisma) }`. They only save calls: without them each process has its
 * own, and conditional writes alone keep accounts and publishes safe. A row each, no advisory lock, since poolers hand one session to
 * many. Times are the caller's, as in every store: clocks that disagree by more than a lease cost a request, never an
 * account, and no statement needs raw SQL.
 */
export function prismaLeases(prisma: LeasePrisma): Leases {
  const table = prisma.tikTokLease;
  // A lease that cannot be taken keeps nobody from refreshing, so that its lack would otherwise stay unseen.
  if (table === undefined) throw missingModel('TikTokLease', 'leases', 'prismaLeases');
  return {
    async acquireLease(name, owner, now, ttlMs) {
      const until = new Date(now + ttlMs);
      // INSERT ... ON CONFLICT DO NOTHING, then one UPDATE with the condition: each is atomic, and between them only
      // another's lease can come or go.
      const free = await table.createMany({ data: [{ name, owner, until }], skipDuplicates: true });
      if (free.count === 1) return true;
      const where = { name, OR: [{ owner }, { until: { lte: new Date(now) } }] };
      return (await table.updateMany({ where, data: { owner, until } })).count === 1;
    },

    async releaseLease(name, owner) {
      await table.deleteMany({ where: { name, owner } });
    },

    async expireLeases(before) {
      await table.deleteMany({ where: { until: { lt: new Date(before) } } });
    },
  };
}
