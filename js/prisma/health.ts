import { callSafely, messageOf } from '../runtime/safe-call.js';
import type { ToklinkError } from '../errors.js';
import type { AccountKey, ClientEvent, QuotaWindow } from '../types.js';

const PLATFORM = 'TIKTOK';
/** The maximum number of calls that wait for their report, so that a stalled database does not exhaust memory. */
const WAITING = 256;

/** The part of a Prisma client that toklink uses. */
export interface HealthPrisma {
  socialAccount: {
    findFirst(args: any): PromiseLike<{ id: string } | null>;
  };
}

/** The result of one call for an account, for the host's health table. */
export interface AccountHealth {
  /** The host's id of the row. */
  rowId: string;
  account: AccountKey;
  /** The endpoint, such as `userInfo`; `accessToken` when no token was available. */
  operation: string;
  at: Date;
  /** `null` when the call succeeded. With UNAUTHORIZED the user has to connect again. */
  error: ToklinkError | null;
  /** The quota window with the fewest remaining requests among those that count the call, as far as this process knows. */
  quota: QuotaWindow | null;
}

/** Options of `prismaHealth`. */
export interface PrismaHealthOptions {
  /** Called with errors of `report` and of the database, which never affect a call. Default: emits a process warning. */
  onError?: (error: unknown) => unknown;
}

/**
 * Reports each call, successful or not, with the host's row id: `client.on('called', prismaHealth(prisma, report))`. Reports the calls
 * of one account in order, each after `report` has settled for the previous one. Skips calls for accounts without a row. While 256
 * calls wait, drops further calls and passes one error to `onError`; can pass the next one after the backlog has halved.
 */
export function prismaHealth(
  prisma: HealthPrisma,
  report: (health: AccountHealth) => unknown,
  { onError = warn }: PrismaHealthOptions = {},
): (event: Extract<ClientEvent, { type: 'called' }>) => void {
  const last = new Map<string, Promise<void>>();
  let waiting = 0;
  /** True once `onError` has the error, so that a stalled database causes one error and does not flood the log. */
  let isFull = false;
  const failed = (error: unknown): void => callSafely(() => onError(error), warn);

  async function tell({ account, at, operation, error, quota }: Extract<ClientEvent, { type: 'called' }>): Promise<void> {
    try {
      const where = { platform: PLATFORM, workspaceId: account.tenant, accountId: account.accountId };
      const row = await prisma.socialAccount.findFirst({ where, select: { id: true } });
      if (row !== null) await report({ rowId: row.id, account, at: new Date(at), operation, error, quota });
    } catch (fault) {
      failed(fault);
    }
  }

  return (event) => {
    if (waiting >= WAITING) {
      if (!isFull) failed(new Error(`prismaHealth: ${WAITING} calls wait for the health report, so further calls are not reported; check the database`));
      isFull = true;
      return;
    }
    if (waiting < WAITING / 2) isFull = false;
    const id = JSON.stringify([event.account.tenant, event.account.accountId]);
    waiting += 1;
    const mine = (last.get(id) ?? Promise.resolve()).then(() => tell(event)).then(() => {
      waiting -= 1;
      if (last.get(id) === mine) last.delete(id);
    });
    last.set(id, mine);
  };
}

function warn(error: unknown): void {
  process.emitWarning(`toklink: the health report failed (${messageOf(error)}); calls continue.`);
}
