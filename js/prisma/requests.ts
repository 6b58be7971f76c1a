import type { AccountStore } from '../types.js';
import { missingModel } from './model.js';

/** What is used of a Prisma client whose schema has the optional table of counted requests (`prisma/requests.prisma`). */
export interface RequestPrisma {
  tikTokRequest: {
    createMany(args: any): PromiseLike<unknown>;
    deleteMany(args: any): PromiseLike<unknown>;
    findMany(args: any): PromiseLike<{ window: string; at: Date }[]>;
  };
}

/** Both functions of counted requests, as rows of `tiktok_requests`. */
export type Requests = Required<Pick<AccountStore, 'logRequests' | 'requestsAfter'>>;

/**
 * What counts for a day, so that a restart goes on counting: spread into the account store,
 * `{ ...prismaAccountStore(prisma), ...prismaRequests(prisma) }`. A row for each read of a profile or a page of videos and
 * each upload, gone after a day. Leave it out where a Redis counts, which remembers by itself.
 */
export function prismaRequests(prisma: RequestPrisma): Requests {
  const table = prisma.tikTokRequest;
  if (table === undefined) throw missingModel('TikTokRequest', 'requests', 'prismaRequests');
  return {
    async logRequests(requests, forgetUntil) {
      await table.deleteMany({ where: { at: { lte: new Date(forgetUntil) } } });
      await table.createMany({ data: requests.map(({ window, at }) => ({ window, at: new Date(at) })) });
    },

    async requestsAfter(after) {
      const rows = await table.findMany({ where: { at: { gt: new Date(after) } } });
      return rows.map(({ window, at }) => ({ window, at: at.getTime() }));
    },
  };
}
