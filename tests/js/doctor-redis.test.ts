import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Env } from '../../js/cli/doctor/environment.js';
import { diagnose } from '../../js/cli/doctor/diagnose.js';
import { withEmulator } from './connected.js';

const { emulator, folder } = withEmulator();

/** Returns a valid environment. */
function good(): Env {
  return { ...emulator().env(), TIKTOK_CALLBACK_URL: 'https://example.com/api/social/tiktok/callback' };
}

/** Returns the findings of a check as `level: found -> fix`. */
async function found(check: string, env: Env): Promise<string[]> {
  const { findings } = await diagnose({ app: folder(), store: join(folder(), 'none.db') }, env);
  expect(JSON.stringify(findings)).not.toContain('p4ssw0rd');
  const texts = findings.map(({ level, found, fix }) => `${level}: ${found}${fix === null ? '' : ` -> ${fix}`}`);
  return texts.filter((_, i) => findings[i]?.check === check);
}

describe('the Redis check of doctor', () => {
  interface Redis {
    url: string;
    stop: () => Promise<void>;
  }
  let redis: Redis;
  beforeAll(async () => {
    const { startRedis } = (await import('../../scripts/lib/redis.mjs' as string)) as { startRedis: () => Promise<Redis> };
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  /** Sends a command to Redis. */
  async function command(...words: string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      execFile('redis-cli', ['-u', redis.url, ...words], (fault) => (fault ? reject(fault) : resolve()));
    });
  }

  it('passes when no Redis is configured', async () => {
    expect(await found('Redis', good())).toEqual([expect.stringMatching(/^ok: /)]);
  });

  it('prints the version and the eviction policy', async () => {
    expect(await found('Redis', { ...good(), TOKLINK_REDIS_URL: redis.url })).toEqual([expect.stringMatching(/^ok: redis:\/\/127\.0\.0\.1:\d+, (Redis|Valkey) \d+\.\d+\.\d+/)]);
    await command('config', 'set', 'maxmemory', '100mb');
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: redis.url }))[0]).toMatch(/^ok: .*noeviction/);
    await command('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: redis.url }))[0]).toMatch(/^warning: .*allkeys-lru.* -> .*noeviction/);
    await command('config', 'set', 'maxmemory', '0');
  });

  it('reports a missing password and a replica', async () => {
    const withPassword = (word: string): Env => ({ ...good(), TOKLINK_REDIS_URL: redis.url.replace('//', `//default:${word}@`) });
    await command('config', 'set', 'requirepass', 'p4ssw0rd');
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: redis.url }))[0]).toMatch(/^wrong: .*\(NOAUTH\)/);
    expect((await found('Redis', withPassword('wr0ng')))[0]).toMatch(/^wrong: .*\(WRONGPASS\)/);
    expect((await found('Redis', withPassword('p4ssw0rd')))[0]).toMatch(/^ok: /);
    await command('-a', 'p4ssw0rd', 'config', 'set', 'requirepass', '');
    await command('replicaof', '127.0.0.1', '9');
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: redis.url }))[0]).toMatch(/^wrong: .*replica/);
    await command('replicaof', 'no', 'one');
  });

  it('examines each node of a cluster and each sentinel', async () => {
    const place = new URL(redis.url).host;
    const nodes = async (scheme: string, rest: string) =>
      found('Redis', { ...good(), TOKLINK_REDIS_URL: `${scheme}://${place}?node=${place}${rest}` });
    await command('replicaof', '127.0.0.1', '9');
    expect(await nodes('redis-cluster', '')).toEqual(Array(2).fill(expect.stringMatching(/^ok: redis:\/\/127/)));
    await command('replicaof', 'no', 'one');
    expect(await nodes('redis-sentinel', '&sentinelServiceName=main')).toEqual(Array(2).fill(expect.stringMatching(/a sentinel/)));
    expect(await nodes('redis-sentinel', '')).toEqual([expect.stringMatching(/^wrong: .*not a valid Redis URL/)]);
  });

  it('warns when the user may not run INFO', async () => {
    await command('acl', 'setuser', 'narrow', 'on', '>p4ssw0rd', '~*', '+get');
    const env = { ...good(), TOKLINK_REDIS_URL: redis.url.replace('//', '//narrow:p4ssw0rd@') };
    expect((await found('Redis', env))[0]).toMatch(/^warning: .*INFO.*\(NOPERM\)/);
  });

  it.each([
    ['is too old', 'redis_version:4.0.14', /^wrong: .*Redis 4\.0\.14.*\b5\b/],
    ['is Valkey', 'redis_version:7.2.4\r\nvalkey_version:8.1.0', /^ok: .*Valkey 8\.1\.0/],
    ['is loading', '-LOADING Redis is loading the dataset in memory', /^wrong: .*\(LOADING\)/],
  ])('rates a server that %s', async (_, text, wanted) => {
    const body = text.startsWith('-') ? `${text}\r\n` : `$${text.length + 2}\r\n${text}\r\n\r\n`;
    const server = createTcpServer((socket) => socket.once('data', () => socket.end(body)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as AddressInfo).port;
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: `redis://127.0.0.1:${port}` }))[0]).toMatch(wanted);
    server.close();
  });

  it('reports an unreachable Redis and a server of another type', async () => {
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: 'redis://:p4ssw0rd@127.0.0.1:9' }))[0]).toMatch(/^wrong: redis:\/\/127\.0\.0\.1:9 .*\(ECONNREFUSED\)/);
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: 'http://:p4ssw0rd@127.0.0.1:9' }))[0]).toMatch(/^wrong: TOKLINK_REDIS_URL /);
    const server = createServer((_, answer) => answer.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const web = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await found('Redis', { ...good(), TOKLINK_REDIS_URL: web }))[0]).toMatch(/^wrong: /);
  });

  it('uses REDIS_URL only if that Redis never evicts keys', async () => {
    const counts = (url: string) => found('Redis', { ...good(), REDIS_URL: url });
    await command('config', 'set', 'maxmemory-policy', 'volatile-lru');
    expect(await counts(redis.url)).toEqual([expect.stringMatching(/^ok: redis:/)]);
    await command('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    const ignored = /^warning: REDIS_URL .* -> .*TOKLINK_REDIS_URL/;
    for (const url of [redis.url, 'http://:p4ssw0rd@cache.example:8080', 'redis://:p4ssw0rd@127.0.0.1:9']) {
      const [finding, ...others] = await counts(url);
      expect(finding).toMatch(ignored);
      expect(finding).not.toContain('p4ssw0rd');
      expect(others).toEqual([]);
    }
    // TOKLINK_REDIS_URL takes precedence over REDIS_URL.
    await command('config', 'set', 'maxmemory-policy', 'noeviction');
    const both = { ...good(), TOKLINK_REDIS_URL: redis.url, REDIS_URL: 'http://cache.example' };
    expect(await found('Redis', both)).toEqual([expect.stringMatching(/^ok: /)]);
  });
});
