import { ToklinkError } from '../errors.js';
import type { ClientOptions, ResealOptions, ResealReport } from '../types.js';
import { formLines } from './listing.js';
import type { Output } from './output.js';
import { withClient } from './session.js';
import type { GlobalOptions } from './session.js';
import { hostStore } from './store-module.js';

/** The options of `toklink reseal`. */
export interface ResealChoice {
  check?: boolean;
  acceptLegacy?: boolean;
  acceptClearText?: boolean;
  storeModule?: string;
}

/** Encrypts all stored tokens with the current key. Lists the accounts that failed, and rejects if there are any. */
export async function reseal(
  options: GlobalOptions,
  output: Output,
  { check = false, acceptLegacy = false, acceptClearText = false, storeModule }: ResealChoice,
  signal: AbortSignal,
): Promise<ResealReport> {
  return move(options, output, { acceptLegacy, storeModule }, { checkOnly: check, acceptClearText, signal });
}

/** The options of `toklink export-legacy`. */
export interface ExportChoice {
  apply?: boolean;
  storeModule?: string;
}

/** Writes all stored tokens in the dashboard's old format, or only counts them. Rejects when an account failed. */
export async function exportLegacy(
  options: GlobalOptions,
  output: Output,
  { apply = false, storeModule }: ExportChoice,
  signal: AbortSignal,
): Promise<ResealReport> {
  if (apply) output.note('The exported tokens are not bound to an account, and only a client with acceptLegacy can decrypt them.');
  return move(options, output, { acceptLegacy: true, storeModule }, { checkOnly: !apply, format: 'legacy', signal });
}

async function move(
  options: GlobalOptions,
  output: Output,
  { acceptLegacy, storeModule }: { acceptLegacy: boolean; storeModule: string | undefined },
  how: ResealOptions,
): Promise<ResealReport> {
  const store = storeModule === undefined ? undefined : await hostStore(storeModule);
  const more: Pick<ClientOptions, 'acceptLegacy' | 'store'> = { acceptLegacy, ...(store && { store }) };
  const report = await withClient(
    options,
    (client) =>
      client.resealAccounts({
        ...how,
        onProgress: ({ done, total }) => output.note(`${done} of ${total ?? 'unknown'} accounts`),
      }),
    more,
  );
  if (report.failed === 0) return report;
  for (const line of formLines(report)) output.note(line);
  for (const { tenant, accountId, message } of report.failures) output.note(`  ${tenant} ${accountId}: ${message}`);
  throw new ToklinkError({
    code: report.failures[0]?.code ?? 'INTEGRITY',
    owner: 'app',
    message: `${report.failed} of ${report.done} accounts failed and are unchanged; fix the errors above, then run the command again`,
  });
}
