import { ToklinkError } from '../errors.js';
import type { ClientOptions, ResealReport } from '../types.js';
import type { Output } from './output.js';
import { withClient } from './session.js';
import type { GlobalOptions } from './session.js';
import { hostStore } from './store-module.js';

/** The options of `toklink reseal`. */
export interface ResealChoice {
  check?: boolean;
  acceptLegacy?: boolean;
  storeModule?: string;
}

/** Moves all stored tokens to the current key; rejects when an account could not be moved, after naming each. */
export async function reseal(
  options: GlobalOptions,
  output: Output,
  { check = false, acceptLegacy = false, storeModule }: ResealChoice,
  signal: AbortSignal,
): Promise<ResealReport> {
  const store = storeModule === undefined ? undefined : await hostStore(storeModule);
  const more: Pick<ClientOptions, 'acceptLegacy' | 'store'> = { acceptLegacy, ...(store && { store }) };
  const report = await withClient(
    options,
    (client) =>
      client.resealAccounts({
        checkOnly: check,
        signal,
        onProgress: ({ done, total }) => output.note(`${done} of ${total ?? 'unknown'} accounts`),
      }),
    more,
  );
  if (report.failed === 0) return report;
  for (const { tenant, accountId, message } of report.failures) output.note(`  ${tenant} ${accountId}: ${message}`);
  throw new ToklinkError({
    code: report.failures[0]?.code ?? 'INTEGRITY',
    owner: 'app',
    message: `${report.failed} of ${report.done} accounts could not be sealed anew and are as they were: see above, then run it again.`,
  });
}
