import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Client } from '../../js/index.js';
import type { ClientEvent, ClientOptions, QuotaWindow } from '../../js/index.js';
import { connect, options, withEmulator } from './connected.js';

interface Redis {
  url: string;
  stop: () => Promise<void>;
}

/** Calls `make` while these variables are set. */
function withVariables<T>(variables: Record<string, string>, make: () => T): T {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  try {
    return make();
  } finally {
    vi.unstubAllEnvs();
  }
}

const creator = (windows: QuotaWindow[]): QuotaWindow | undefined => windows.find(({ kind }) => kind === 'creatorInfo');

const { emulator } = withEmulator();
let redis: Redis;

beforeAll(async () => {
  const { startRedis } = (await import('../../scripts/lib/redis.mjs' as string)) as { startRedis: () => Promise<Redis> };
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('a client with a Redis URL', () => {
  it('counts without Redis when redisUrl is false', async () => {
    const variables = { TOKLINK_REDIS_URL: 'redis://127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' };
    await using client = withVariables(variables, () => new Client({ ...options(emulator()), redisUrl: false }));
    const account = await connect(client, emulator());
    await client.creatorInfo(account);
    expect(creator(await client.readQuota(account))).toMatchObject({ count: 1, source: 'memory' });
  });

  it('prefers TOKLINK_REDIS_URL to REDIS_URL', async () => {
    const variables = { TOKLINK_REDIS_URL: 'redis://127.0.0.1:1', REDIS_URL: redis.url };
    await using client = withVariables(variables, () => new Client(options(emulator())));
    await expect(client.readQuota({ accountId: 'ana' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each(['http://cache.example:8080', 'redis://127.0.0.1:1'])('emits an event and counts per process with REDIS_URL=%s', async (url) => {
    await using client = withVariables({ REDIS_URL: url }, () => new Client(options(emulator())));
    const events: ClientEvent[] = [];
    const emitted = new Promise<void>((resolve) => {
      client.on('redisIgnored', (event) => {
        events.push(event);
        resolve();
      });
    });
    const account = await connect(client, emulator());
    await client.creatorInfo(account);
    await client.creatorInfo(account);
    await emitted;
    expect(events).toEqual([
      { type: 'redisIgnored', at: expect.any(String), reason: expect.stringMatching(/REDIS_URL/) },
    ]);
    expect(creator(await client.readQuota(account))).toMatchObject({ count: 2, source: 'memory' });
  });

  it('counts in the Redis of REDIS_URL if it keeps the counts', async () => {
    await using client = withVariables({ REDIS_URL: redis.url }, () => new Client(options(emulator())));
    expect(creator(await client.readQuota({ accountId: 'other' }))).toMatchObject({ count: 0, source: 'redis' });
  });

  it('shares counts and rejects requests while Redis is down', async () => {
    const shared: ClientOptions = { ...options(emulator()), redisUrl: redis.url };
    const [one, two] = [new Client(shared), new Client(shared)];
    const account = await connect(one, emulator());
    await one.creatorInfo(account);
    const used = async () => (await two.readQuota(account)).find((quota) => quota.kind === 'creatorInfo');
    expect(await used()).toMatchObject({ count: 1, remaining: 19, source: 'redis' });
    // quotaStatus does no I/O, so it counts only the requests of this client.
    expect(two.quotaStatus(account).find((quota) => quota.kind === 'creatorInfo')).toMatchObject({ count: 0, source: 'memory' });

    const told: ClientEvent[] = [];
    one.on('redisUnavailable', (event) => told.push(event));
    await redis.stop();
    await expect(one.creatorInfo(account)).rejects.toMatchObject({ code: 'UNAVAILABLE', owner: 'app' });
    await expect(one.readQuota(account)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(told).toEqual([expect.objectContaining({ type: 'redisUnavailable', sharing: false })]);
    await Promise.all([one.close(), two.close()]);
  });

  it.each<[string, Partial<ClientOptions>]>([
    ['an invalid URL', { redisUrl: 'http://:p4ssword@localhost' }],
    ['a sentinel URL without the name of the primary', { redisUrl: 'redis-sentinel://:p4ssword@localhost' }],
  ])('rejects %s', (_, wrong) => {
    expect(() => new Client({ ...options(emulator()), ...wrong })).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    expect(() => new Client({ ...options(emulator()), ...wrong })).not.toThrow('p4ssword');
  });
});
