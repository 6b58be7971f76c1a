import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTikTokRoutes, type TikTokRoutes } from '../../js/http/index.js';
import { Client } from '../../js/index.js';
import { connect, options, withEmulator, writeVideo } from '../js/connected.js';
import { get, ORIGIN, post } from './host.js';
import { Sender } from './sender.js';
import { events, form, upload } from './uploads.js';

const BYTES = 16_000_000;
/** A number of bytes that exceeds the first chunk of the stream. */
const STARTED = 9_000_000;

/** Two instances of one host. Each instance has its own client and routes, and both share one SQLite file. */
describe('two instances on one store', () => {
  const { emulator, folder } = withEmulator();
  let clients: [Client, Client];
  let routes: [TikTokRoutes, TikTokRoutes];
  let body: Buffer;
  let accountId: string;
  let query: string;
  let jobId: string;

  beforeAll(async () => {
    await writeVideo(join(folder(), 'v.mp4'), BYTES);
    body = form({ privacyLevel: 'SELF_ONLY' }, await readFile(join(folder(), 'v.mp4')));
  });

  beforeEach(async () => {
    const store = { sqlite: join(folder(), `${randomUUID()}.db`) };
    const made = [0, 1].map(() => new Client({ ...options(emulator()), store }));
    clients = made as [Client, Client];
    ({ accountId } = await connect(clients[0], emulator(), { tenant: 'ws1' }));
    routes = made.map((client) =>
      createTikTokRoutes({
        client,
        auth: () => ({ user: { id: 'olivia' } }),
        permissions: () => {},
        workspaces: { byId: (id) => ({ id, slug: id }) },
        accounts: { find: async () => [{ workspaceId: 'ws1', accountId, status: 'ACTIVE' }] },
        env: { NEXTAUTH_URL: ORIGIN },
        onError: () => {},
      }),
    ) as [TikTokRoutes, TikTokRoutes];
    jobId = randomUUID();
    query = new URLSearchParams({ jobId, accountId, workspaceId: 'ws1' }).toString();
  });
  afterEach(() => Promise.all(clients.map((client) => client.close())));

  const posts = async () => (await emulator().posts()).filter((made) => made['status'] === 'PUBLISH_COMPLETE');

  /** Follows the job at the second instance. Repeats the request while that instance does not find the post. */
  async function followed(): Promise<[string, Record<string, unknown>][]> {
    for (;;) {
      const page = await routes[1].publishEvents(get(`publish/events?${query}`));
      if (page.status !== 404) return events(page);
    }
  }

  it('reports progress and outcome on the other instance', async () => {
    const sent = routes[0].publish(upload(body, {}, query));
    const seen = await followed();
    expect((await sent).status).toBe(202);
    const [name, outcome] = seen.at(-1)!;
    expect([name, outcome]).toMatchObject(['outcome', { status: 'PUBLISH_COMPLETE', idempotencyKey: jobId, warnings: [] }]);
    expect(seen.filter(([event]) => event === 'failure')).toEqual([]);
    const local = await events(await routes[0].publishEvents(get(`publish/events?${query}`)));
    expect(Object.keys(outcome).sort()).toEqual(Object.keys(local.at(-1)![1]).sort());
  }, 60_000);

  it('reports a failed post on the other instance', async () => {
    const wrong = form({ privacyLevel: 'SELF_ONLY' }, Buffer.from('this is not a video'));
    await routes[0].publish(upload(wrong, {}, query));
    const local = (await events(await routes[0].publishEvents(get(`publish/events?${query}`)))).at(-1);
    expect(local).toMatchObject(['failure', { code: 'INVALID_INPUT', idempotencyKey: jobId }]);
    // The journal stores the error without the name of the method that failed.
    expect((await followed()).at(-1)).toEqual(['failure', { ...local?.[1], operation: '' }]);
  }, 60_000);

  it('cancels an upload that the other instance receives', async () => {
    const sender = Sender.form(jobId, body, query);
    const answer = routes[0].publish(sender.request);
    await sender.send(body.subarray(0, STARTED));
    const seen = followed();
    for (;;) {
      const asked = await routes[1].cancelPublish(post('publish/cancel', { jobId, accountId, workspaceId: 'ws1' }));
      if (asked.status === 202) break;
    }
    expect((await seen).at(-1)).toMatchObject(['failure', { code: 'CANCELLED' }]);
    sender.leave();
    await answer;
    expect(await posts()).toEqual([]);
  }, 60_000);

  it('posts once when an upload continues on the other instance', async () => {
    const sender = Sender.form(jobId, body, query);
    const broken = routes[0].publish(sender.request);
    await sender.send(body.subarray(0, STARTED));
    sender.leave();
    expect((await broken).status).toBe(400);
    for (;;) {
      const state = await routes[1].publishOffset(get(`publish?${query}`));
      if (((await state.json()) as { code: string }).code === 'ELSEWHERE') break;
    }
    expect((await routes[1].publish(upload(body, {}, query))).status).toBe(202);
    // Both instances report the events of the attempt that posts.
    for (const { publishEvents } of routes) {
      expect((await events(await publishEvents(get(`publish/events?${query}`)))).at(-1)).toMatchObject(['outcome', { idempotencyKey: jobId }]);
    }
    expect(await posts()).toHaveLength(1);
  }, 60_000);
});
