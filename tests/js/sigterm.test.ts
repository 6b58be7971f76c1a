import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../../js/index.js';
import type { Account, CloseReport } from '../../js/index.js';
import { connect, options, withEmulator, writeVideo } from './connected.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SIZE = 70_000_000;
const CHUNK = 10_485_760;
const CHUNKS = 6;
/** The maximum time that a host may take to exit after SIGTERM. */
const LONGEST_MS = 3000;
const { emulator, folder } = withEmulator();

interface Ended {
  report: CloseReport;
  error: { code: string; idempotencyKey: string; publishId: string };
  /** The time from the signal to the end of the process. */
  tookMs: number;
  status: unknown;
}

/** Runs a host that publishes `file`, and sends the host SIGTERM after more than `bytes` bytes of the upload. */
async function endedAfter(bytes: number, store: string, account: Account, file: string): Promise<Ended> {
  const job = { options: { ...options(emulator()), store: { sqlite: store } }, account, file, key: 'k', deadlineMs: 2500 };
  const child = spawn(process.execPath, ['tests/processes/deployed.mjs'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DEPLOYED_JOB: JSON.stringify(job) },
  });
  const closed = once(child, 'exit');
  let signalled = 0;
  const said: Record<string, unknown> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const words = JSON.parse(line) as { bytesSent?: number };
    Object.assign(said, words);
    if (signalled === 0 && (words.bytesSent ?? 0) > bytes) {
      signalled = performance.now();
      child.kill('SIGTERM');
    }
  }
  const [status] = (await closed) as [number];
  return { ...(said as unknown as Ended), tookMs: performance.now() - signalled, status };
}

/** Creates a store with a connected account, and a video. */
async function scene(): Promise<{ store: string; account: Account; file: string; sha256: string }> {
  const place = await mkdtemp(join(folder(), 'sigterm-'));
  const [store, file] = [join(place, 'toklink.db'), join(place, 'large.mp4')];
  const { sha256 } = await writeVideo(file, SIZE);
  await using client = new Client({ ...options(emulator()), store: { sqlite: store } });
  return { store, account: await connect(client, emulator()), file, sha256 };
}

/** Resumes `key` in this process, which did not start it. */
async function resumed(store: string, account: Account, key: string): Promise<unknown> {
  await using client = new Client({ ...options(emulator()), store: { sqlite: store } });
  const outcome = await client.resumePublish(account, key);
  expect(await client.unfinishedPublishes(account)).toEqual([]);
  return outcome;
}

const uploads = async () => (await emulator().requests()).filter(({ endpoint }) => endpoint === 'upload').length;

describe('SIGTERM during an upload', () => {
  it('lets another process resume after the last sent chunk', async () => {
    const { store, account, file, sha256 } = await scene();
    await emulator().faults({ endpoint: 'upload', delay_ms: 300, times: 0 });
    const { report, error, tookMs, status } = await endedAfter(CHUNK, store, account, file);
    expect([status, tookMs < LONGEST_MS]).toEqual([0, true]);
    expect(error).toMatchObject({ code: 'CLOSED', idempotencyKey: 'k' });
    const { tenant, accountId } = account;
    expect(report).toEqual({ complete: true, publishes: [{ tenant, accountId, idempotencyKey: 'k', publishId: error.publishId }] });
    const sent = await uploads();
    expect(sent).toBeLessThan(CHUNKS);
    expect(await resumed(store, account, 'k')).toMatchObject({ status: 'PUBLISH_COMPLETE', publishId: error.publishId });
    expect(await uploads()).toBe(CHUNKS);
    expect((await emulator().posts()).map((post) => post.sha256)).toEqual([sha256]);
  });

  it('lets another process send a stalled chunk again', async () => {
    const { store, account, file, sha256 } = await scene();
    await emulator().faults({ endpoint: 'upload', nth: 3, delay_ms: 600_000, times: 1 });
    const { report, error, tookMs, status } = await endedAfter(2 * CHUNK, store, account, file);
    expect([status, tookMs < LONGEST_MS]).toEqual([0, true]);
    expect(report).toMatchObject({ complete: true, publishes: [{ idempotencyKey: 'k', publishId: error.publishId }] });
    expect(await resumed(store, account, 'k')).toMatchObject({ status: 'PUBLISH_COMPLETE', publishId: error.publishId });
    expect((await emulator().posts()).map((post) => post.sha256)).toEqual([sha256]);
  });
});

describe('close with a deadline', () => {
  it('keeps the client open after an invalid deadline', async () => {
    const client = new Client(options(emulator()));
    onTestFinished(() => client.close());
    for (const deadlineMs of [-1, 0.5, Number.NaN, '1' as unknown as number]) {
      await expect(client.close({ deadlineMs })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    expect(await client.accounts()).toEqual([]);
    expect(await client.close({ deadlineMs: 100 })).toEqual({ complete: true, publishes: [] });
    await expect(client.accounts()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await client.close({ deadlineMs: 0 })).toEqual({ complete: true, publishes: [] });
  });
});
