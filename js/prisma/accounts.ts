import type { FoundAccount } from '../http/options.js';
import type {
  AccountKey,
  AccountPatch,
  AccountQuery,
  AccountRow,
  AccountStatus,
  AccountStore,
  ExpectedValues,
} from '../types.js';

const PLATFORM = 'TIKTOK';
/** The number of write attempts that also require unchanged metadata; later attempts compare only the expected tokens. */
const MERGE_ATTEMPTS = 3;

/** The fields of the dashboard's `SocialAccount` model that toklink reads. */
export interface SocialAccountRow {
  id: string;
  accountId: string;
  accountName: string;
  accessTokenEncrypted: string;
  refreshTokenEncrypted: string | null;
  tokenExpiresAt: Date | null;
  connectedAt: Date;
  status: string;
  metadata: unknown;
  userId: string;
  workspaceId: string;
}

/** The part of a Prisma client that toklink uses. Compatible with every Prisma version and every schema that has the model. */
export interface SocialAccountPrisma {
  socialAccount: {
    // Prisma generates different argument types for each client, so they are `any` here.
    findUnique(args: any): PromiseLike<SocialAccountRow | null>;
    findMany(args: any): PromiseLike<SocialAccountRow[]>;
    upsert(args: any): PromiseLike<unknown>;
    updateMany(args: any): PromiseLike<{ count: number }>;
    deleteMany(args: any): PromiseLike<{ count: number }>;
    count(args: any): PromiseLike<number>;
  };
}

/** The keys of `metadata` that toklink writes. It does not change other keys. */
interface Metadata {
  username: string | null;
  displayName: string;
  avatarUrl: string | null;
  scopes: string[];
  requestedScopes: string[];
  /** Milliseconds since 1970-01-01 UTC. */
  refreshExpiresAt: number | null;
  refreshStartedAt: number | null;
  /** The exact status, because the column has fewer values. Valid only while the column contains the value that toklink wrote with it. */
  tiktokStatus: AccountStatus;
}

/** Options of `prismaAccountStore`. */
export interface PrismaAccountOptions {
  /**
   * The effect of a disconnect on the row. `keep` (default) clears its tokens and sets DISCONNECTED, so that metrics, posts and other
   * rows that refer to it stay. `erase` deletes the row and every row that refers to it with ON DELETE CASCADE.
   */
  onDisconnect?: 'keep' | 'erase';
}

/** The access token of a disconnected row, because the column is not nullable. */
const NO_TOKEN = '';

function plain(metadata: unknown): Record<string, unknown> {
  return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
    ? (metadata as Record<string, unknown>)
    : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function time(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function statusOf(status: string): AccountStatus {
  switch (status) {
    case 'ACTIVE':
    case 'EXPIRED':
    case 'RATE_LIMITED':
    case 'RESTRICTED':
    case 'DISCONNECTED':
      return status;
    case 'SUSPENDED':
      return 'RESTRICTED';
    default:
      return 'ERROR';
  }
}

/**
 * Returns the dashboard's value for a status: its enum has ACTIVE, EXPIRED, ERROR, SUSPENDED and DISCONNECTED. A rate limit ends on
 * its own, so the account stays ACTIVE. When the user withdrew consent in TikTok, the account becomes EXPIRED, because the dashboard
 * hides DISCONNECTED accounts and the user has to see that this account must be reconnected.
 */
function columnOf(status: AccountStatus): string {
  switch (status) {
    case 'RATE_LIMITED':
      return 'ACTIVE';
    case 'RESTRICTED':
      return 'SUSPENDED';
    case 'DISCONNECTED':
      return 'EXPIRED';
    default:
      return status;
  }
}

/** Returns the exact status that toklink wrote, or null when the host has changed the column since then. */
function written({ status, metadata }: Pick<SocialAccountRow, 'status' | 'metadata'>): AccountStatus | null {
  const exact = statusOf(String(plain(metadata).tiktokStatus));
  return columnOf(exact) === status ? exact : null;
}

/** Returns true for one of the host's own statuses, such as SUSPENDED, that toklink did not write. */
function isHostDecision(row: SocialAccountRow): boolean {
  return written(row) === null && statusOf(row.status) !== row.status;
}

function exactStatus(row: SocialAccountRow): AccountStatus {
  return written(row) ?? statusOf(row.status);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function rowOf(row: SocialAccountRow): AccountRow {
  const metadata = plain(row.metadata);
  return {
    tenant: row.workspaceId,
    accountId: row.accountId,
    displayName: row.accountName,
    username: text(metadata.username),
    avatarUrl: text(metadata.avatarUrl),
    scopes: texts(metadata.scopes),
    requestedScopes: texts(metadata.requestedScopes),
    accessTokenSealed: row.accessTokenEncrypted,
    refreshTokenSealed: row.refreshTokenEncrypted,
    // A row without an expiry counts as expired, so that its token is refreshed before use.
    accessExpiresAt: row.tokenExpiresAt?.getTime() ?? 0,
    refreshExpiresAt: time(metadata.refreshExpiresAt),
    status: exactStatus(row),
    connectedAt: row.connectedAt.getTime(),
    connectedBy: row.userId,
    refreshStartedAt: time(metadata.refreshStartedAt),
  };
}

function uniqueKey(key: AccountKey) {
  return {
    workspaceId_platform_accountId: { workspaceId: key.tenant, platform: PLATFORM, accountId: key.accountId },
  };
}

/** Selects connected accounts. Rows of disconnected accounts stay for their history, but have no tokens. */
const CONNECTED = { accessTokenEncrypted: { not: NO_TOKEN } };

/** Returns true if the row is connected and has these values. */
function matches(row: SocialAccountRow, expected: ExpectedValues): boolean {
  const { accessTokenSealed, refreshTokenSealed, status } = expected;
  return (
    row.accessTokenEncrypted !== NO_TOKEN &&
    (accessTokenSealed === undefined || row.accessTokenEncrypted === accessTokenSealed) &&
    (refreshTokenSealed === undefined || row.refreshTokenEncrypted === refreshTokenSealed) &&
    (status === undefined || exactStatus(row) === status)
  );
}

/** Returns the columns that a patch writes, without `metadata`. */
function columnsOf({ accessTokenSealed, refreshTokenSealed, accessExpiresAt, status }: AccountPatch) {
  return {
    ...(accessTokenSealed !== undefined && { accessTokenEncrypted: accessTokenSealed }),
    ...(refreshTokenSealed !== undefined && { refreshTokenEncrypted: refreshTokenSealed }),
    ...(accessExpiresAt !== undefined && { tokenExpiresAt: new Date(accessExpiresAt) }),
    ...(status !== undefined && { status: columnOf(status) }),
  };
}

/** Returns the keys of `metadata` that a patch writes. */
function metadataOf({ refreshExpiresAt, scopes, status, refreshStartedAt }: AccountPatch): Partial<Metadata> {
  return {
    ...(refreshExpiresAt !== undefined && { refreshExpiresAt }),
    ...(scopes !== undefined && { scopes }),
    ...(status !== undefined && { tiktokStatus: status }),
    ...(refreshStartedAt !== undefined && { refreshStartedAt }),
  };
}

/** Selects a page of accounts. */
function pageOf({ tenant, after }: AccountQuery) {
  return {
    platform: PLATFORM,
    ...CONNECTED,
    ...(tenant !== null && { workspaceId: tenant }),
    ...(after !== null && {
      OR: [{ workspaceId: { gt: after.tenant } }, { workspaceId: after.tenant, accountId: { gt: after.accountId } }],
    }),
  };
}

/**
 * Returns a store that keeps accounts in the dashboard's `social_accounts` table, without a migration. The tenant is the workspace
 * id; fields without a column are in `metadata`. Each update is one `UPDATE ... WHERE` with the expected values, so that only one of
 * two concurrent updates succeeds.
 */
export function prismaAccountStore(
  prisma: SocialAccountPrisma,
  { onDisconnect = 'keep' }: PrismaAccountOptions = {},
): AccountStore {
  const table = prisma.socialAccount;
  return {
    async load(key) {
      const row = await table.findUnique({ where: uniqueKey(key) });
      return row === null || row.accessTokenEncrypted === NO_TOKEN ? null : rowOf(row);
    },

    async list(query) {
      const whole = query.tenant === null;
      const [rows, total, withoutTokens] = await Promise.all([
        table.findMany({
          where: pageOf(query),
          orderBy: [{ workspaceId: 'asc' }, { accountId: 'asc' }],
          take: query.limit,
        }),
        whole ? table.count({ where: { platform: PLATFORM, ...CONNECTED } }) : undefined,
        whole ? table.count({ where: { platform: PLATFORM, accessTokenEncrypted: NO_TOKEN } }) : undefined,
      ]);
      return {
        rows: rows.map(rowOf),
        ...(total !== undefined && { total }),
        ...(withoutTokens !== undefined && { withoutTokens }),
      };
    },

    async put(row) {
      const present = await table.findUnique({ where: uniqueKey(row) });
      const metadata: Metadata = {
        username: row.username,
        displayName: row.displayName,
        avatarUrl: row.avatarUrl,
        scopes: row.scopes,
        requestedScopes: row.requestedScopes ?? [],
        refreshExpiresAt: row.refreshExpiresAt,
        refreshStartedAt: row.refreshStartedAt,
        tiktokStatus: row.status,
      };
      const data = {
        accountName: row.displayName,
        accessTokenEncrypted: row.accessTokenSealed,
        refreshTokenEncrypted: row.refreshTokenSealed,
        tokenExpiresAt: new Date(row.accessExpiresAt),
        connectedAt: new Date(row.connectedAt),
        status: columnOf(row.status),
        userId: row.connectedBy,
        metadata: { ...plain(present?.metadata), ...metadata },
      };
      await table.upsert({
        where: uniqueKey(row),
        update: data,
        create: { ...data, platform: PLATFORM, accountId: row.accountId, workspaceId: row.tenant },
      });
    },

    // Runs one conditional UPDATE. Does not overwrite concurrent changes to `metadata` or the status, unless they keep changing or
    // cannot be compared, because storing tokens has priority. A refresh does not change a status that the host set.
    async update(key, expected, patch) {
      const changes = metadataOf(patch);
      const isMerged = Object.keys(changes).length > 0;
      for (let attempt = 1; ; attempt++) {
        const row = await table.findUnique({ where: uniqueKey(key) });
        if (row === null || !matches(row, expected)) return false;
        // The exact status is in the metadata, because two statuses may have the same value in the column.
        const needsMetadata = expected.status !== undefined;
        const compare = needsMetadata || (isMerged && attempt < MERGE_ATTEMPTS && row.metadata !== null);
        const keepsStatus = patch.status === 'ACTIVE' && !needsMetadata && isHostDecision(row);
        const { count } = await table.updateMany({
          where: {
            id: row.id,
            accessTokenEncrypted: expected.accessTokenSealed ?? CONNECTED.accessTokenEncrypted,
            ...(expected.refreshTokenSealed !== undefined && { refreshTokenEncrypted: expected.refreshTokenSealed }),
            ...(compare && { status: row.status, ...(row.metadata !== null && { metadata: { equals: row.metadata } }) }),
          },
          data: {
            ...columnsOf(patch),
            ...(keepsStatus && { status: row.status }),
            ...(isMerged && { metadata: { ...plain(row.metadata), ...changes } }),
          },
        });
        if (count === 1 || !compare || attempt > MERGE_ATTEMPTS) return count === 1;
      }
    },

    async remove(key) {
      const where = { platform: PLATFORM, workspaceId: key.tenant, accountId: key.accountId };
      if (onDisconnect === 'erase') return (await table.deleteMany({ where })).count > 0;
      const blanked = { accessTokenEncrypted: NO_TOKEN, refreshTokenEncrypted: null, tokenExpiresAt: null, status: 'DISCONNECTED' };
      return (await table.updateMany({ where: { ...where, ...CONNECTED }, data: blanked })).count > 0;
    },
  };
}

/**
 * Returns the `accounts` hook for the routes. An id may be the row's id or TikTok's open_id. Passes on statuses that the host set
 * unchanged, because the routes respect them.
 */
export function prismaAccounts(prisma: SocialAccountPrisma): {
  /** Resolves to the accounts with this id, in one workspace or, for `null`, in all workspaces. */
  find: (accountId: string, workspaceId: string | null) => Promise<FoundAccount[]>;
} {
  return {
    async find(accountId, workspaceId) {
      const rows = await prisma.socialAccount.findMany({
        where: {
          platform: PLATFORM,
          OR: [{ id: accountId }, { accountId }],
          ...(workspaceId !== null && { workspaceId }),
        },
        orderBy: { connectedAt: 'asc' },
        take: 50,
      });
      return rows.map((row) => ({
        workspaceId: row.workspaceId,
        accountId: row.accountId,
        status: written(row) ?? row.status,
      }));
    },
  };
}
