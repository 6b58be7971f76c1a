import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Client } from '../../js/index.js';
import type { AccountRef, PublishVideoInput } from '../../js/index.js';
import { prismaAccountStore, prismaJournal } from '../../js/prisma.js';
import { connect, options, writeVideo } from '../js/connected.js';
import { Emulator } from '../js/emulator.js';
import { DATABASES, open } from './open.js';
import type { Prisma, Query } from './open.js';

const BYTES = 80_000_000;
/** The chunk size of files over 64 MB (docs/tiktok-api.md 5.7). */
const CHUNK_BYTES = 10_485_760;
const WHO = { tenant: 'ws_acme', userId: 'user_olivia' };

describe.each(DATABASES)('the journal on %s', (database, connections) => {
  let prisma: Prisma;
  let query: Query;
  let end: () => Promise<void>;
  let emulator: Emulator;
  let folder: string;
  let sha256: string;
  let input: PublishVideoInput;

  beforeAll(async () => {
    ({ prisma, query, end } = await open(inject(database), connections));
    await query('DELETE FROM social_accounts; DELETE FROM tiktok_publishes');
    emulator = await Emulator.start();
    folder = await mkdtemp(join(tmpdir(), 'toklink-journal-'));
    input = { file: join(folder, 'v.mp4'), privacyLevel: 'SELF_ONLY' };
    ({ sha256 } = await writeVideo(join(folder, 'v.mp4'), BYTES));
  });
  afterAll(async () => {
    await emulator?.stop();
    await end?.();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** Creates a client that acts as another process and shares only the database. */
  const process = () =>
    new Client({ ...options(emulator), store: { accounts: prismaAccountStore(prisma), journal: prismaJournal(prisma), leases: 'memory', metrics: 'memory', usage: 'memory' } });

  test('lets another process resume a stalled publish once', async () => {
    await using first = process();
    await using second = process();
    const account: AccountRef = { tenant: WHO.tenant, accountId: (await connect(first, emulator, WHO)).accountId };
    await emulator.faults({ endpoint: 'upload', nth: 4, delay_ms: 600_000 });
    const halted = new AbortController();
    const hung = first.publishVideo(account, input, {
      idempotencyKey: 'key-1',
      signal: halted.signal,
      onProgress: () => undefined,
    });
    hung.catch(() => undefined);
    const accepted = async () => (await query<{ acceptedBytes: string }>('SELECT "acceptedBytes" FROM tiktok_publishes'))[0];
    await expect.poll(async () => Number((await accepted())?.acceptedBytes), { timeout: 50_000 }).toBe(3 * CHUNK_BYTES);
    expect(await second.unfinishedPublishes(account)).toMatchObject([{ idempotencyKey: 'key-1' }]);
    await emulator.faults();
    const outcome = await second.publishVideo(account, input, { idempotencyKey: 'key-1' });
    expect(outcome).toMatchObject({ status: 'PUBLISH_COMPLETE', idempotencyKey: 'key-1' });
    halted.abort();
    await hung.catch(() => undefined);
    expect(await emulator.posts()).toMatchObject([{ publish_id: outcome.publishId, sha256 }]);
    const uploads = (await emulator.requests()).filter(({ endpoint }) => endpoint === 'upload');
    const sent = uploads.reduce((sum, { body_bytes }) => sum + Number(body_bytes), 0);
    expect(sent).toBeLessThanOrEqual(BYTES + CHUNK_BYTES);
    await using third = process();
    expect((await third.publishVideo(account, input, { idempotencyKey: 'key-1' })).publishId).toBe(outcome.publishId);
    expect(await emulator.posts()).toHaveLength(1);
    expect(await third.unfinishedPublishes(account)).toEqual([]);
    const [row] = await query<{ uploadUrlSealed: string | null; phase: string }>('SELECT * FROM tiktok_publishes');
    expect(row).toMatchObject({ phase: 'DONE', uploadUrlSealed: null });
  });
});
