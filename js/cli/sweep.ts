import { ToklinkError } from '../errors.js';
import type { CollectReport } from '../types.js';
import { count } from './output.js';
import type { Output } from './output.js';
import { withClient } from './session.js';
import type { GlobalOptions } from './session.js';
import { hostStore } from './store-module.js';

/** The options of `toklink metrics --all`. */
export interface SweepChoice {
  limit?: number;
  /** Seconds. */
  maxAge?: number;
  storeModule?: string;
}

/** Collects the metrics of all accounts. An interrupted run rejects with CANCELLED; the next run continues. */
export async function sweep(
  options: GlobalOptions,
  output: Output,
  { limit, maxAge, storeModule }: SweepChoice,
  signal: AbortSignal,
): Promise<CollectReport> {
  const store = storeModule === undefined ? undefined : await hostStore(storeModule);
  const report = await withClient(
    options,
    (client) =>
      client.collectMetrics({
        ...(limit !== undefined && { limit }),
        ...(maxAge !== undefined && { maxAgeMs: maxAge * 1000 }),
        signal,
        onProgress: ({ collected, failed, total }) => {
          const trouble = failed > 0 ? `, ${count(failed)} failed` : '';
          output.note(`${count(collected)} of ${total === null ? 'unknown' : count(total)} accounts${trouble}`);
        },
      }),
    store && { store },
  );
  for (const { tenant, accountId, message } of report.failures) output.note(`  ${tenant} ${accountId}: ${message}`);
  if (signal.aborted) {
    throw new ToklinkError({
      code: 'CANCELLED',
      operation: 'collectMetrics',
      owner: 'user',
      message: `stopped after ${report.collected} accounts, whose metrics are stored; run the command again to continue`,
    });
  }
  return report;
}
