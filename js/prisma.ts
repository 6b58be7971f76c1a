/** Stores that keep toklink's data in a Prisma database. */
export { prismaAccounts, prismaAccountStore } from './prisma/accounts.js';
export type { PrismaAccountOptions, SocialAccountPrisma, SocialAccountRow } from './prisma/accounts.js';
export { prismaHealth } from './prisma/health.js';
export type { AccountHealth, HealthPrisma, PrismaHealthOptions } from './prisma/health.js';
export { prismaJournal } from './prisma/journal.js';
export type { JournalPrisma, PublishRecord } from './prisma/journal.js';
export { prismaLeases } from './prisma/leases.js';
export type { LeasePrisma } from './prisma/leases.js';
export { prismaMetrics } from './prisma/metrics.js';
export type { MetricsPrisma, PrismaMetricsOptions } from './prisma/metrics.js';
export { prismaStore } from './prisma/store.js';
export type { StorePrisma } from './prisma/store.js';
export { prismaUsage } from './prisma/usage.js';
export type { UsagePrisma } from './prisma/usage.js';
