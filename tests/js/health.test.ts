import { describe, expect, it, vi } from 'vitest';
import { Client } from '../../js/index.js';
import type { ClientEvent } from '../../js/index.js';
import { prismaHealth } from '../../js/prisma.js';
import type { AccountHealth } from '../../js/prisma.js';
import { connect, options, withEmulator } from './connected.js';

type Called = Extract<ClientEvent, { type: 'called' }>;

const { emulator } = withEmulator();

/** The host's account table, with one row per account. */
const PRISMA = {
  socialAccount: {
    findFirst: async ({ where }: { where: { workspaceId: string; accountId: string; platform: string } }) =>
      where.accountId === 'erased' ? null : { id: `row of ${where.platform} ${where.workspaceId}/${where.accountId}` },
  },
};

const event = (accountId: string, operation = 'userInfo'): Called => ({
  type: 'called',
  account: { tenant: 'ws1', accountId },
  at: '2026-11-23T10:00:00.000Z',
  operation,
  error: null,
  quota: null,
});

/** Collects items. `all` resolves when `wanted` items have arrived. */
function collected<T>(wanted: number): { add: (item: T) => void; all: Promise<T[]> } {
  const items: T[] = [];
  let done = (_items: T[]): void => {};
  const all = new Promise<T[]>((resolve) => (done = resolve));
  return { add: (item) => (items.push(item) === wanted ? done(items) : undefined), all };
}

describe('the called event', () => {
  it('emits one event per call, with error and remaining quota', async () => {
    await using client = new Client(options(emulator()));
    const { tenant, accountId } = await connect(client, emulator(), { username: 'ana.makes' });
    const { add, all } = collected<Called>(2);
    client.on('called', add);
    client.invalidateCache(accountId);
    await client.userInfo(accountId);
    await client.userInfo(accountId);
    await expect(client.publishStatus(accountId, 'v_pub~unknown')).rejects.toThrow();
    const [read, status] = (await all) as [Called, Called];
    expect(read).toMatchObject({ account: { tenant, accountId }, operation: 'userInfo', error: null });
    expect(read.quota).toMatchObject({ kind: 'userInfo', limit: 600 });
    expect(read.quota!.remaining).toBeLessThan(600);
    expect(Date.parse(read.at)).not.toBeNaN();
    expect(status).toMatchObject({ operation: 'publishStatus', error: { owner: expect.any(String), message: expect.any(String) } });
  });

  it('reports a call for an account without a token', async () => {
    await using client = new Client(options(emulator()));
    const { add, all } = collected<Called>(1);
    client.on('called', add);
    await expect(client.userInfo('open-none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await all).toMatchObject([{ operation: 'accessToken', error: { code: 'NOT_FOUND' }, quota: null }]);
  });
});

describe('prismaHealth', () => {
  it("adds the host's row id, and skips an account without a row", async () => {
    const { add, all } = collected<AccountHealth>(2);
    const listener = prismaHealth(PRISMA, add);
    for (const id of ['open-1', 'erased', 'open-2']) listener(event(id));
    expect((await all).map(({ rowId, at }) => [rowId, at.toISOString()])).toEqual([
      ['row of TIKTOK ws1/open-1', '2026-11-23T10:00:00.000Z'],
      ['row of TIKTOK ws1/open-2', '2026-11-23T10:00:00.000Z'],
    ]);
  });

  it('reports the calls of one account in order', async () => {
    const { add, all } = collected<string>(3);
    const turns = { first: 2, second: 0, third: 1 } as Record<string, number>;
    const listener = prismaHealth(PRISMA, async ({ operation }) => {
      for (let turn = 0; turn < turns[operation]!; turn += 1) await new Promise(setImmediate);
      add(operation);
    });
    for (const operation of Object.keys(turns)) listener(event('open-1', operation));
    expect(await all).toEqual(['first', 'second', 'third']);
  });

  it('passes a rejected callback to onError, not to the call', async () => {
    await using client = new Client(options(emulator()));
    const { accountId } = await connect(client, emulator(), { username: 'ana.makes' });
    const { add, all } = collected<unknown>(1);
    const planted = new Error('planted');
    client.on('called', prismaHealth(PRISMA, () => Promise.reject(planted), { onError: add }));
    client.invalidateCache(accountId);
    await client.userInfo(accountId);
    expect(await all).toEqual([planted]);
  });

  it('drops calls while the database stalls and reports it once', async () => {
    const onError = vi.fn();
    const still = { socialAccount: { findFirst: () => new Promise<null>(() => {}) } };
    const listener = prismaHealth(still, () => {}, { onError });
    for (let n = 0; n < 260; n += 1) listener(event('open-1'));
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('reports later calls after a rejection without an Error', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { add, all } = collected<string>(1);
    const listener = prismaHealth(PRISMA, ({ operation }) => (operation === 'videoList' ? add(operation) : Promise.reject(Object.create(null))));
    for (let n = 0; n < 10_000; n += 1) {
      listener(event('open-1'));
      if (n % 200 === 199) await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
    listener(event('open-1', 'videoList'));
    expect(await all).toEqual(['videoList']);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(warning).toHaveBeenCalledTimes(10_000);
    warning.mockRestore();
  });
});
