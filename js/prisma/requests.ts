import type { AccountStore } from '../types.js';
import { missingModel } from './model.js';

/** The part of a Prisma client, with the optional table of counted requests (`prisma/requests.prisma`), that is used. */
export interface RequestPrisma {
  tikTokRequest: {
    createMany(args: any): PromiseLike<unknown>;
    deleteMany(args: any): PromiseLike<unknown>;
    findMany(args: any): PromiseLike<{ window: string; at: Date }[]>;
  };
}

/** The store methods for counted requests, on rows of `tiktok_requests`. */
export type Requests = Required<Pick<AccountStore, 'logRequests' | 'requestsAfter'>>;

/**
 * Returns a store of the requests that count for a day, so that the counts survive a restart. Spread it into the account store:
 * `{ ...prismaAccountStore(prisma), ...prismaRequests(prisma) }`. It has a row for each read of a profile or a page of videos and
 * each upload, which is deleted after a day. Leave it out when a Redis counts.
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
