import type { UsageStore } from '../types.js';
import { missingModel } from './model.js';

/** The part of a Prisma client that toklink uses. Its schema must include the optional request table (`prisma/requests.prisma`). */
export interface UsagePrisma {
  tikTokRequest: {
    createMany(args: any): PromiseLike<unknown>;
    deleteMany(args: any): PromiseLike<unknown>;
    findMany(args: any): PromiseLike<{ window: string; at: Date }[]>;
  };
}

/**
 * Returns a store for the requests of daily quota windows, so that the counts survive a restart. It keeps one row for each profile
 * read, video page and upload, and deletes it after a day. Set `usage: 'memory'` when Redis counts requests.
 */
export function prismaUsage(prisma: UsagePrisma): UsageStore {
  const table = prisma.tikTokRequest;
  if (table === undefined) throw missingModel('TikTokRequest', 'requests', 'usage');
  return {
    async append(requests, forgetUntil) {
      await table.deleteMany({ where: { at: { lte: new Date(forgetUntil) } } });
      await table.createMany({ data: requests.map(({ window, at }) => ({ window, at: new Date(at) })) });
    },

    async since(after) {
      const rows = await table.findMany({ where: { at: { gt: new Date(after) } } });
      return rows.map(({ window, at }) => ({ window, at: at.getTime() }));
    },
  };
}
