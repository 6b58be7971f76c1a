import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@/generated/prisma/client';

const kept = globalThis as typeof globalThis & { dashboardPrisma?: PrismaClient };

function open(): PrismaClient {
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) {
    throw new Error('DATABASE_URL is not set. Start the dashboard with `npm start` or `npm run dev`, which set it.');
  }
  const max = Number(process.env.DATABASE_POOL_MAX?.trim() || 10);
  if (!Number.isInteger(max) || max < 1) {
    throw new Error('DATABASE_POOL_MAX is not a valid number of connections; use a whole number of at least 1.');
  }
  return new PrismaClient({ adapter: new PrismaPg({ connectionString, max }) });
}

/** Returns the process's one Prisma client, which survives hot reloads. Created on first use, because a build has no database. */
export function prisma(): PrismaClient {
  return (kept.dashboardPrisma ??= open());
}
