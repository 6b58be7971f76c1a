import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { HealthPrisma, JournalPrisma, LeasePrisma, MetricsPrisma, UsagePrisma, SocialAccountPrisma } from '../../js/prisma.js';

export type Prisma = SocialAccountPrisma & LeasePrisma & JournalPrisma & MetricsPrisma & UsagePrisma & HealthPrisma & { $disconnect(): Promise<void> };
export type Query = <Row = Record<string, unknown>>(sql: string) => Promise<Row[]>;

/** Each database with its number of connections. The embedded database serves one connection at a time. */
export const DATABASES = [['postgres', 10], ['pglite', 1]] as const;

/** Opens the dashboard's generated Prisma client and a connection for plain SQL on one of its databases. */
export async function open(
  url: string,
  max: number,
): Promise<{ prisma: Prisma; query: Query; end: () => Promise<void> }> {
  const dashboard = new URL('../../examples/dashboard/', import.meta.url);
  const require = createRequire(fileURLToPath(new URL('package.json', dashboard)));
  const { PrismaPg } = require('@prisma/adapter-pg');
  const { Pool } = require('pg');
  const { PrismaClient } = await import(new URL('src/generated/prisma/client.ts', dashboard).href);
  const pool = new Pool({ connectionString: url, max: 1 });
  const prisma: Prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max }) });
  return {
    prisma,
    query: async (sql) => (await pool.query(sql)).rows,
    end: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
