import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@/generated/prisma/client';

const kept = globalThis as typeof globalThis & { hostPrisma?: PrismaClient };

/** Returns the Prisma client of this process. Opens it on first use, so that a build needs no database. */
export function prisma(): PrismaClient {
  return (kept.hostPrisma ??= new PrismaClient({
    adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'], max: 5 }),
  }));
}
