/** Stores for toklink in a database with Prisma. */
export { prismaAccounts, prismaAccountStore } from './prisma/accounts.js';
export type { PrismaAccountOptions, SocialAccountPrisma, SocialAccountRow } from './prisma/accounts.js';
export { prismaHealth } from './prisma/health.js';
export type { AccountHealth, HealthPrisma, PrismaHealthOptions } from './prisma/health.js';
export { prismaJournal } from './prisma/journal.js';
export type { JournalPrisma, PublishRecord } from './prisma/journal.js';
export { prismaLeases } from './prisma/leases.js';
export type { LeasePrisma, Leases } from './prisma/leases.js';
export { prismaMetrics } from './prisma/metrics.js';
export type { Metrics, MetricsPrisma, PrismaMetricsOptions } from './prisma/metrics.js';
export { prismaRequests } from './prisma/requests.js';
export type { RequestPrisma, Requests } from './prisma/requests.js';
