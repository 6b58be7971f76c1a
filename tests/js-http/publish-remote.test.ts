import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { JournaledPublish, PublishOutcome } from '../../js/types.js';
import { get, Host, post } from './host.js';
import { events, form, read, upload } from './uploads.js';

const JOB = '00000000-0000-4000-8000-000000000001';
const QUERY = `jobId=${JOB}&accountId=open-1&workspaceId=ws1`;
const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', phase: 'published', postId: null } as PublishOutcome;
const CANCELLED = { code: 'CANCELLED', message: 'the publish was cancelled', owner: 'user' } as ToklinkError;
const TAKEN = { code: 'CONFLICT', message: 'a publish with this idempotency key is running', retryAfterMs: 60_000 } as const;

/** The journal record that two processes share. */
let record: JournaledPublish | null;
let reads: number;
let writes = 0;
let host: Host;

function write(changes: Partial<JournaledPublish>): void {
  writes += 1;
  const before = record ?? {
    idempotencyKey: JOB,
    phase: 'SENDING',
    publishId: 'v_pub_1',
    acceptedBytes: 0,
    totalBytes: 100,
    photos: false,
    draft: false,
    cancelRequested: false,
    failReason: null,
    outcome: null,
    lastError: null,
    startedAt: '2026-01-01T00:00:00.000Z',
  };
  record = { ...before, ...changes, updatedAt: new Date(writes).toISOString() } as JournaledPublish;
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    host.clock.advance(Math.min(500, ms - passed));
    await setImmediate();
    await setImmediate();
  }
}

const follow = () => host.routes.publishEvents(get(`publish/events?${QUERY}`));
const names = (all: [string, Record<string, unknown>][]) => all.map(([name]) => name);

beforeEach(() => {
  host = new Host();
  record = null;
  reads = 0;
  host.api.findPublish = async () => {
    reads += 1;
    return structuredClone(record);
  };
  host.api.requestCancel = async () => {
    if (record !== null && record.outcome === null && record.lastError === null) write({ cancelRequested: true });
    return record!;
  };
});

describe('the events route for a publish in another process', () => {
  it('streams the progress from the journal until the outcome', async () => {
    write({ acceptedBytes: 10 });
    const page = await follow();
    await pass(1000);
    write({ acceptedBytes: 60 });
    await pass(1000);
    write({ phase: 'PROCESSING', acceptedBytes: 100 });
    await pass(1000);
    write({ phase: 'DONE', outcome: OUTCOME });
    await pass(1000);
    const all = await events(page);
    expect(names(all)).toEqual(['progress', 'progress', 'progress', 'outcome']);
    expect(all.map(([, data]) => [data['phase'], data['bytesSent']]).slice(0, 3)).toEqual([['sending', 10], ['sending', 60], ['processing', 100]]);
    expect(all[1]?.[1]).toMatchObject({ totalBytes: 100, bytesPerSecond: 25, remainingMs: 1600, publishId: 'v_pub_1' });
    expect(all[3]?.[1]).toEqual(OUTCOME);
    expect(host.clock.waiting).toBe(0);
  });

  it('ends with an error that the attempt does not clear', async () => {
    write({});
    const page = await follow();
    write({ lastError: CANCELLED });
    await pass(1000);
    // Another attempt starts at once, as when a browser sends the file again.
    write({ lastError: null });
    await pass(1000);
    write({ lastError: { ...CANCELLED, message: 'the publish was cancelled by the caller' } });
    await pass(2000);
    const all = await events(page);
    expect(names(all)).toEqual(['progress', 'failure']);
    expect(all[1]?.[1]).toMatchObject({ code: 'CANCELLED', error: 'the publish was cancelled by the caller' });
  });

  it('reads the journal once a second for all pages', async () => {
    write({});
    const pages = [await follow(), await follow(), await follow()];
    expect(reads).toBe(1);
    await pass(10_000);
    expect(reads).toBe(11);
    write({ outcome: OUTCOME, phase: 'DONE' });
    await pass(1000);
    for (const page of pages) expect(await page.text()).toContain('event: outcome');
    await pass(10_000);
    expect(reads).toBe(12);
  });

  it('continues after a failed read of the journal', async () => {
    write({});
    const page = await follow();
    const working = host.api.findPublish!;
    host.api.findPublish = async () => {
      throw new ToklinkError({ code: 'UNAVAILABLE', message: 'the store is down' });
    };
    await pass(30_000);
    host.api.findPublish = working;
    write({ phase: 'DONE', outcome: OUTCOME });
    await pass(1000);
    expect(names(await events(page))).toEqual(['progress', 'outcome']);
  });

  it('reports an interruption when the attempt stops writing', async () => {
    write({ acceptedBytes: 50 });
    const page = await follow();
    // A slow attempt writes its row every 20 s.
    for (let sign = 0; sign < 6; sign += 1) {
      write({});
      await pass(20_000);
    }
    write({});
    await pass(74_000);
    expect(host.clock.waiting).toBeGreaterThan(0);
    await pass(3000);
    const all = await events(page);
    expect(names(all)).toEqual(['progress', 'failure']);
    expect(all[1]?.[1]).toMatchObject({ code: 'INTERRUPTED' });
  });

  it('reports an interruption when the other process closes', async () => {
    write({});
    const page = await follow();
    write({ lastError: { code: 'CLOSED', message: 'the client was closed' } as ToklinkError });
    await pass(1000);
    expect((await events(page)).at(-1)).toEqual(['failure', expect.objectContaining({ code: 'INTERRUPTED' })]);
  });

  it('resumes a complete upload when its attempt stops writing', async () => {
    write({ phase: 'PROCESSING' });
    let taken = true;
    host.api.resumePublish = async () => {
      if (taken) throw new ToklinkError(TAKEN);
      return OUTCOME;
    };
    const page = await follow();
    await pass(76_000);
    expect(host.called('resumePublish')).toHaveLength(1);
    taken = false;
    await pass(80_000);
    expect(host.called('resumePublish')).toEqual([
      [{ tenant: 'ws1', accountId: 'open-1' }, JOB],
      [{ tenant: 'ws1', accountId: 'open-1' }, JOB],
    ]);
    expect(names(await events(page))).toEqual(['progress', 'outcome']);
  });

  it.each([
    ['an unknown job', `jobId=00000000-0000-4000-8000-000000000002&accountId=open-1`, 'olivia'],
    ['no account', `jobId=${JOB}`, 'olivia'],
    ['an account of another workspace', QUERY.replace('open-1', 'open-2').replace('ws1', 'ws2'), 'olivia'],
    ['a viewer', QUERY, 'victor'],
    ['a key that is not a job id', QUERY.replace(JOB, 'my-own-key'), 'olivia'],
  ])('responds with 404 for %s', async (_what, query, user) => {
    write({});
    host.user = user;
    host.api.findPublish = async (account, key) =>
      (account as { accountId: string }).accountId === 'open-1' && (key === JOB || key === 'my-own-key') ? record : null;
    const fields = Object.fromEntries(new URLSearchParams(query));
    expect((await host.routes.publishEvents(get(`publish/events?${query}`))).status).toBe(404);
    expect((await host.routes.cancelPublish(post('publish/cancel', fields))).status).toBe(404);
    expect(host.called('requestCancel')).toEqual([]);
  });
});

describe('a publish in another process', () => {
  const cancel = () => host.routes.cancelPublish(post('publish/cancel', { jobId: JOB, accountId: 'open-1', workspaceId: 'ws1' }));

  it('cancels the publish through the journal', async () => {
    write({});
    const answer = await cancel();
    expect([answer.status, await answer.json()]).toEqual([202, { cancelling: true }]);
    expect(record?.cancelRequested).toBe(true);
  });

  it('rejects a cancel after the publish has ended', async () => {
    write({ phase: 'DONE', outcome: OUTCOME });
    const answer = await cancel();
    expect([answer.status, (await answer.json()) as object]).toMatchObject([409, { code: 'ENDED' }]);
  });

  it('rejects an upload that continues in this process', async () => {
    write({});
    const state = await host.routes.publishOffset(get(`publish?${QUERY}`));
    expect([state.status, await state.json()]).toMatchObject([409, { code: 'ELSEWHERE' }]);
    const patch = new Request(`http://internal/api/social/tiktok/publish?${QUERY}`, {
      method: 'PATCH',
      headers: { origin: 'https://app.example.test', 'upload-offset': '5', 'content-length': '6' },
      body: 'abcdef',
    });
    expect((await host.routes.resumePublish(patch)).status).toBe(409);
  });

  it('reports an upload as received after its last chunk', async () => {
    write({ phase: 'LAST_CHUNK', acceptedBytes: 50 });
    const state = await host.routes.publishOffset(get(`publish?${QUERY}`));
    expect(await state.json()).toMatchObject({ state: 'received', offset: 100, size: 100 });
  });

  it('stops the other attempt when the file is sent again', async () => {
    write({});
    const seen: unknown[] = [];
    host.api.publishVideo = async (_account, input) => {
      seen.push(record?.lastError?.code);
      await read(input);
      return OUTCOME;
    };
    const answer = host.routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, QUERY));
    await pass(1000);
    expect(record?.cancelRequested).toBe(true);
    write({ lastError: CANCELLED, cancelRequested: false });
    await pass(1000);
    expect((await answer).status).toBe(202);
    expect(seen).toEqual(['CANCELLED']);
  });

  it('follows the publish when the same video is sent again', async () => {
    write({ phase: 'LAST_CHUNK' });
    host.api.publishVideo = async () => {
      throw new ToklinkError(TAKEN);
    };
    expect((await host.routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, QUERY))).status).toBe(202);
    const page = await follow();
    write({ phase: 'DONE', outcome: OUTCOME });
    await pass(2000);
    expect((await events(page)).at(-1)).toEqual(['outcome', OUTCOME]);
  });

  it('follows the publish when the same photos are sent again', async () => {
    write({ phase: 'PROCESSING', totalBytes: 0, photos: true });
    host.api.publishPhotos = async () => {
      throw new ToklinkError(TAKEN);
    };
    const body = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };
    expect((await host.routes.publishPhotos(post(`publish/photos?${QUERY}`, body))).status).toBe(202);
    await setImmediate();
    const page = await follow();
    await pass(1000);
    await host.routes.cancelPublish(post('publish/cancel', { jobId: JOB }));
    expect(record?.cancelRequested).toBe(true);
    write({ lastError: CANCELLED, cancelRequested: false });
    await pass(3000);
    expect((await events(page)).at(-1)).toMatchObject(['failure', { code: 'CANCELLED' }]);
  });

  it('hides the failure of an earlier attempt in this process', async () => {
    host.api.publishVideo = async () => {
      throw new ToklinkError({ code: 'UNAVAILABLE', message: 'the stream broke' });
    };
    await host.routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, QUERY));
    await setImmediate();
    write({ phase: 'SENDING' });
    const page = await follow();
    write({ phase: 'DONE', outcome: OUTCOME });
    await pass(1000);
    expect(names(await events(page))).toEqual(['progress', 'outcome']);
  });

  it('reports that another post used the same key', async () => {
    write({ phase: 'DONE', outcome: OUTCOME });
    host.api.publishPhotos = async () => {
      throw new ToklinkError({ code: 'CONFLICT', message: 'this idempotency key was used for another video; use a new key' });
    };
    const body = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };
    await host.routes.publishPhotos(post(`publish/photos?${QUERY}`, body));
    await setImmediate();
    expect(names(await events(await follow()))).toEqual(['failure']);
  });

  it('keeps the pages of one user when another opens many', async () => {
    host.roles['paul ws1'] = 'OWNER';
    write({});
    const first = await follow();
    for (let job = 1; job <= 5; job += 1) {
      const page = () => host.routes.publishEvents(get(`publish/events?${QUERY.replace(/1&/, `${job}&`)}`));
      host.user = 'olivia';
      if (job > 1) await page();
      host.user = 'paul';
      for (let pages = 0; pages < 3; pages += 1) await page();
    }
    write({ phase: 'DONE', outcome: OUTCOME });
    await pass(2000);
    expect(names(await events(first)).at(-1)).toBe('outcome');
  });

  it('reads the journal once a second after a rejected upload', async () => {
    write({ phase: 'PROCESSING' });
    let refuse = (): void => {};
    host.api.resumePublish = () => new Promise((_resolve, reject) => (refuse = () => reject(new ToklinkError(TAKEN))));
    const page = await follow();
    await pass(76_000);
    const second = await follow();
    refuse();
    await pass(2000);
    const before = reads;
    await pass(10_000);
    expect(reads - before).toBeLessThanOrEqual(10);
    await page.body?.cancel();
    await second.body?.cancel();
    expect(host.clock.waiting).toBe(0);
  });
});
