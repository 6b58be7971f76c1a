import type { Store } from '../types.js';
import { prismaAccountStore } from './accounts.js';
import type { PrismaAccountOptions, SocialAccountPrisma } from './accounts.js';
import { prismaJournal } from './journal.js';
import type { JournalPrisma } from './journal.js';
import { prismaLeases } from './leases.js';
import { prismaMetrics } from './metrics.js';
import type { MetricsPrisma, PrismaMetricsOptions } from './metrics.js';
import { prismaUsage } from './usage.js';
import type { UsagePrisma } from './usage.js';

/** A Prisma client with the dashboard's models and toklink's own. */
export type StorePrisma = SocialAccountPrisma & JournalPrisma & MetricsPrisma & UsagePrisma;

/**
 * Returns a complete store on a Prisma client. A host that lacks one of the tables lists the interfaces instead:
 * `{ accounts: prismaAccountStore(prisma), journal: prismaJournal(prisma), leases: 'memory', metrics: 'memory', usage: 'memory' }`.
 */
export function prismaStore(prisma: StorePrisma, options: PrismaAccountOptions & PrismaMetricsOptions = {}): Store {
  return {
    accounts: prismaAccountStore(prisma, options),
    journal: prismaJournal(prisma),
    leases: prismaLeases(prisma),
    metrics: prismaMetrics(prisma, options),
    usage: prismaUsage(prisma),
  };
}
