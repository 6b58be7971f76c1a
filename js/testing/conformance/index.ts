import type { AccountKey, Store } from '../../types.js';
import { ACCOUNT_CHECKS, accountRow } from './accounts.js';
import type { AccountScene } from './accounts.js';
import { JOURNAL_CHECKS } from './journal.js';
import { LEASE_CHECKS } from './leases.js';
import { METRICS_CHECKS } from './metrics.js';
import { USAGE_CHECKS } from './usage.js';

/** A new, empty store, with valid references for its rows if its database has foreign keys. */
export interface StoreUnderTest {
  store: Store;
  /** Two tenants to which rows may belong. */
  tenants?: readonly [string, string];
  /** The user who connects the accounts. */
  userId?: string;
  /** Called after each check, even if it failed. */
  end?: () => Promise<void>;
}

/** One requirement of a `Store`. `run` rejects with a description when the store does not meet it. */
export interface ConformanceCheck {
  name: string;
  /** Runs the check on a new store. */
  run: () => Promise<void>;
}

interface Scene extends AccountScene {
  store: Store;
}

/**
 * Returns the requirements of a `Store` as named checks, for any test runner:
 * `for (const { name, run } of storeConformance(make)) test(name, run)`. `make` returns a new, empty store on each call. The checks of
 * an interface that is `'memory'` pass without running.
 */
export function storeConformance(make: () => StoreUnderTest | Promise<StoreUnderTest>): ConformanceCheck[] {
  const each = <T>(checks: Record<string, T>, run: (check: T, scene: Scene) => Promise<void>): ConformanceCheck[] =>
    Object.entries(checks).map(([name, check]) => ({
      name,
      async run() {
        const { store, tenants: [one, two] = ['tenant-1', 'tenant-2'], userId = 'user-1', end } = await make();
        try {
          await run(check, { store, accounts: store.accounts, one, two, userId });
        } finally {
          await end?.();
        }
      },
    }));
  return [
    ...each(ACCOUNT_CHECKS, (check, scene) => check(scene)),
    ...each(JOURNAL_CHECKS, async (check, { store: { journal }, one, two }) => {
      if (journal !== 'memory') await check({ journal, one, two });
    }),
    ...each(LEASE_CHECKS, async (check, { store: { leases } }) => {
      if (leases !== 'memory') await check(leases);
    }),
    ...each(METRICS_CHECKS, async (check, scene) => {
      const { metrics } = scene.store;
      if (metrics === 'memory') return;
      const keys: AccountKey[] = ['-000ana', '-000Ana', "-000o'brien"].map((accountId) => ({ tenant: scene.one, accountId }));
      for (const key of keys) await scene.accounts.put(accountRow(scene, key));
      await check(metrics, keys);
    }),
    ...each(USAGE_CHECKS, async (check, { store: { usage } }) => {
      if (usage !== 'memory') await check(usage);
    }),
  ];
}
