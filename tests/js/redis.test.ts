import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { ClientEvent, ClientOptions } from '../../js/index.js';
import { connect, options, withEmulator } from './connected.js';

interface Redis {
  url: string;
  stop: () => Promise<void>;
}

const { emulator } = withEmulator();
let redis: Redis;

beforeAll(async () => {
  const { startRedis } = (await import('../../scripts/lib/redis.mjs' as string)) as { startRedis: () => Promise<Redis> };
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('clients that count in one Redis', () => {
  it('know what the others sent, refuse when it is away, and say so', async () => {
    const shared: ClientOptions = { ...options(emulator()), redisUrl: redis.url };
    const [one, two] = [new Client(shared), new Client(shared)];
    const account = await connect(one, emulator());
    await one.creatorInfo(account);
    const used = async () => (await two.readQuota(account)).find((quota) => quota.kind === 'creatorInfo');
    expect(await used()).toMatchObject({ count: 1, remaining: 19, source: 'redis' });
    // What it did not send itself is not in what it knows at once.
    expect(two.quotaStatus(account).find((quota) => quota.kind === 'creatorInfo')).toMatchObject({ count: 0, source: 'memory share' });

    const told: ClientEvent[] = [];
    one.on('redisAway', (event) => told.push(event));
    await redis.stop();
    await expect(one.creatorInfo(account)).rejects.toMatchObject({ code: 'UNAVAILABLE', owner: 'app' });
    await expect(one.readQuota(account)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(told).toEqual([expect.objectContaining({ type: 'redisAway', sharing: false })]);
    await Promise.all([one.close(), two.close()]);
  });

  it.each<[string, Partial<ClientOptions>, string]>([
    ['an address that is none', { redisUrl: 'http://:p4ssword@localhost' }, 'REDIS_URL'],
    ['a share without the number of processes', { redisAway: 'share' }, 'needs processes'],
    ['a number of processes without a share', { processes: 4 }, 'leave it out'],
    ['an unknown word', { redisAway: 'hope' as never }, "'refuse' or 'share'"],
  ])('refuse %s', (_, wrong, words) => {
    expect(() => new Client({ ...options(emulator()), ...wrong })).toThrow(words);
    expect(() => new Client({ ...options(emulator()), ...wrong })).not.toThrow('p4ssword');
  });
});
