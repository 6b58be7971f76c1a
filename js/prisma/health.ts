import { contained } from '../contained.js';
import type { ToklinkError } from '../errors.js';
import type { AccountKey, ClientEvent, QuotaStatus } from '../types.js';

const PLATFORM = 'TIKTOK';
/** How many calls wait for their report, at most: a database that stands still must not fill the memory. */
const WAITING = 256;

/** What is used of a Prisma client. */
export interface HealthPrisma {
  socialAccount: {
    findFirst(args: any): PromiseLike<{ id: string } | null>;
  };
}

/** How a call for an account ended, for the host's health table. */
export interface AccountHealth {
  /** The host's own id of the account's row. */
  rowId: string;
  account: AccountKey;
  /** The endpoint, such as `userInfo`; `accessToken` when there was no token to call with. */
  operation: string;
  at: Date;
  /** `null` when the call succeeded. With UNAUTHORIZED the user has to connect again. */
  error: ToklinkError | null;
  /** The window with the fewest requests left of those that the call counts in, as far as this process knows. */
  quota: QuotaStatus | null;
}

export interface PrismaHealthOptions {
  /** Called with what `report` or the database rejects with. Default: a process warning. It never affects a call. */
  onError?: (error: unknown) => unknown;
}

/**
 * Reports each call that succeeded or failed with the host's row id: `client.on('called', prismaHealth(prisma, report))`. The calls
 * of one account are reported in order, each after `report` has settled for the one before. An account without a row is not
 * reported. A call that finds 256 others waiting is not reported, and `onError` gets an error.
 */
export function prismaHealth(
  prisma: HealthPrisma,
  report: (health: AccountHealth) => unknown,
  { onError = warn }: PrismaHealthOptions = {},
): (event: Extract<ClientEvent, { type: 'called' }>) => void {
  const last = new Map<string, Promise<void>>();
  let waiting = 0;
  const failed = (error: unknown): void => contained(() => onError(error), warn);

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
      return failed(new Error(`prismaHealth: ${WAITING} calls wait for the health report, so this one is not reported; look at the database`));
    }
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
  process.emitWarning(`toklink: the health report failed (${error instanceof Error ? error.message : String(error)}); calls continue.`);
}
