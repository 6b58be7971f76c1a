import type { UsageStore } from '../types.js';
import { missingModel } from './model.js';

/** The part of a Prisma client, with the optional table of counted requests (`prisma/requests.prisma`), that is used. */
export interface UsagePrisma {
  tikTokRequest: {
    createMany(args: any): PromiseLike<unknown>;
    deleteMany(args: any): PromiseLike<unknown>;
    findMany(args: any): PromiseLike<{ window: string; at: Date }[]>;
  };
}

/**
 * Returns a store of the requests that count for a day, so that the counts survive a restart. It has a row for each read of a profile or
 * a page of videos and each upload, which is deleted after a day. Set `usage: 'memory'` when a Redis counts.
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
