import type { AccountKey, JournalStore, PublishRow } from '../types.js';
import { missingModel } from './model.js';

/** A row of the optional publish table (`prisma/publishes.prisma`), as Prisma returns it. */
export interface PublishRecord {
  tenant: string;
  accountId: string;
  key: string;
  attempt: string;
  revision: number;
  phase: string;
  publishId: string | null;
  uploadUrlSealed: string | null;
  fingerprint: string;
  videoSize: bigint;
  chunkSize: bigint;
  acceptedBytes: bigint;
  mayBecomePublic: boolean;
  photos: boolean;
  draft: boolean;
  pulled: boolean;
  postIds: string[];
  failReason: string | null;
  cancelRequested: boolean;
  lastError: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** The part of a Prisma client that toklink uses. Its schema must include the publish table. */
export interface JournalPrisma {
  tikTokPublish: {
    // Prisma generates different argument types for each client, so they are `any` here.
    createMany(args: any): PromiseLike<{ count: number }>;
    updateMany(args: any): PromiseLike<{ count: number }>;
    deleteMany(args: any): PromiseLike<{ count: number }>;
    findUnique(args: any): PromiseLike<PublishRecord | null>;
    findFirst(args: any): PromiseLike<PublishRecord | null>;
    findMany(args: any): PromiseLike<PublishRecord[]>;
  };
}

/**
 * Returns a publish journal in the dashboard's database. An idempotency key posts once across all processes on this database,
 * because each write is one conditional statement: `INSERT ... ON CONFLICT DO NOTHING`, or `UPDATE ... WHERE "revision" = expected`.
 * When a process crashes, another process can resume its publishes.
 */
export function prismaJournal(prisma: JournalPrisma): JournalStore {
  const table = prisma.tikTokPublish;
  if (table === undefined) throw missingModel('TikTokPublish', 'publishes', 'journal');
  return {
    async insert(row) {
      return (await table.createMany({ data: [record(row)], skipDuplicates: true })).count === 1;
    },

    async find({ tenant, accountId }, key) {
      return rowOf(await table.findUnique({ where: { tenant_accountId_key: { tenant, accountId, key } } }));
    },

    async findPublish(publishId) {
      return rowOf(await table.findFirst({ where: { publishId }, orderBy: { updatedAt: 'desc' } }));
    },

    async update(row, revision) {
      const { tenant, accountId, key, ...data } = record(row);
      return (await table.updateMany({ where: { tenant, accountId, key, revision }, data })).count === 1;
    },

    async unfinished({ tenant, accountId }: AccountKey) {
      const rows = await table.findMany({
        where: { tenant, accountId, phase: { notIn: ['DONE', 'FAILED'] } },
        orderBy: { updatedAt: 'desc' },
      });
      return rows.flatMap((row) => rowOf(row) ?? []);
    },

    async expire(before) {
      const where = { phase: { in: ['DONE', 'FAILED'] }, updatedAt: { lt: new Date(before) } };
      return (await table.deleteMany({ where })).count;
    },

    async forget({ tenant, accountId }) {
      await table.deleteMany({ where: { tenant, accountId } });
    },
  };
}

function record(row: PublishRow): PublishRecord {
  return {
    ...row,
    videoSize: BigInt(row.videoSize),
    chunkSize: BigInt(row.chunkSize),
    acceptedBytes: BigInt(row.acceptedBytes),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
}

function rowOf(row: PublishRecord | null): PublishRow | null {
  return (
    row && {
      ...row,
      phase: row.phase as PublishRow['phase'],
      videoSize: Number(row.videoSize),
      chunkSize: Number(row.chunkSize),
      acceptedBytes: Number(row.acceptedBytes),
      createdAt: row.createdAt.getTime(),
      updatedAt: row.updatedAt.getTime(),
    }
  );
}
