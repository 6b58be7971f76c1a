import { trusted } from './authorities.js';
import type { Env } from './environment.js';
import { codeOf, ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { problemsWith } from './library-check.js';
import type { Judgement } from './library-check.js';
import { redisInfo, RedisRefusal } from './resp.js';

const CHECK = 'Redis';
const PATIENCE_MS = 5_000;
/** The client treats Redis as unavailable after this time without a response (docs/QUOTAS.md). */
const CLIENT_PATIENCE_MS = 1_000;
const OLDEST = 5;

type Name = 'TOKLINK_REDIS_URL' | 'REDIS_URL';

/** Checks the Redis that counts requests for several processes. */
export async function redis(env: Env, judgement: Judgement, now: () => number = Date.now): Promise<Finding[]> {
  const named = env['TOKLINK_REDIS_URL']?.trim();
  if (named) return examined('TOKLINK_REDIS_URL', named, env, judgement, now);
  const found = env['REDIS_URL']?.trim();
  if (!found) return [ok(CHECK, 'not configured; each process counts its own requests, which is correct for a single process')];
  const findings = await examined('REDIS_URL', found, env, judgement, now);
  return findings.map((finding) => (finding.level === 'wrong' ? ignored(finding.found) : finding));
}

/** Returns a warning instead of an error. REDIS_URL may be for another program, and the client then counts without Redis. */
function ignored(why: string): Finding {
  const fix = 'Set TOKLINK_REDIS_URL to a Redis for toklink, or redisUrl: false if a single process sends all requests.';
  return warning(CHECK, `REDIS_URL is not used and each process counts its own requests: ${why}`, fix);
}

async function examined(name: Name, text: string, env: Env, judgement: Judgement, now: () => number): Promise<Finding[]> {
  const form = /^rediss?(?:-(cluster|sentinel))?:\/\//.exec(text);
  if (problemsWith(judgement, name).length > 0 || !form || !URL.canParse(text)) {
    const fix = 'Use redis://host:port, redis-cluster:// or redis-sentinel:// (docs/QUOTAS.md), with rediss for TLS.';
    return [wrong(CHECK, `${name} is not a valid Redis URL`, fix)];
  }
  const findings = await Promise.all(
    servers(new URL(text)).map((url) => examinedServer(name, url, form[1], env, judgement, now)),
  );
  return findings.flat();
}

/** Returns one `redis://` or `rediss://` URL for each server that the URL names. Sentinels are asked without the password. */
function servers(url: URL): URL[] {
  const [protocol, kind] = url.protocol.replace(':', '').split('-');
  if (kind === undefined) return [url];
  const user = kind === 'sentinel' || (url.username === '' && url.password === '') ? '' : `${url.username}:${url.password}@`;
  const port = kind === 'sentinel' ? 26379 : 6379;
  const nodes = [url.host, ...url.searchParams.getAll('node')];
  return nodes.map((node) => new URL(`${protocol}://${user}${/:\d+$/.test(node) ? node : `${node}:${port}`}`));
}

async function examinedServer(
  name: Name,
  url: URL,
  kind: string | undefined,
  env: Env,
  judgement: Judgement,
  now: () => number,
): Promise<Finding[]> {
  const place = `${url.protocol}//${url.host}`;
  const began = now();
  try {
    const info = await redisInfo(url, PATIENCE_MS, url.protocol === 'rediss:' ? trusted(env, judgement) : []);
    const late = slow(place, now() - began);
    if (kind === 'sentinel') return [ok(CHECK, `${place}, a sentinel`), ...late];
    // A replica of a cluster redirects to its primary.
    if (kind === 'cluster') info.delete('role');
    return [...serverFindings(place, info, name), ...late];
  } catch (cause) {
    return [failed(place, cause, name)];
  }
}

function serverFindings(server: string, info: Map<string, string>, variable: Name): Finding[] {
  const valkey = info.get('valkey_version');
  const version = valkey ?? info.get('redis_version') ?? 'of unknown version';
  const name = `${server}, ${valkey === undefined ? 'Redis' : 'Valkey'} ${version}`;
  if (valkey === undefined && Number.parseInt(version, 10) < OLDEST) {
    return [wrong(CHECK, `${name}, is older than ${OLDEST}`, `Use Redis ${OLDEST} or newer, or Valkey.`)];
  }
  if (info.get('role') === 'slave') {
    return [wrong(CHECK, `${name} is a replica, which accepts no writes`, 'Use the URL of its primary.')];
  }
  const bounded = (info.get('maxmemory') ?? '0') !== '0';
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  const finding = `${name} evicts keys when its memory is full (${policy})`;
  const fix =
    'When Redis evicts a count, toklink sends too many requests: use CONFIG SET maxmemory-policy noeviction, or a separate Redis.';
  // The client does not use the Redis of REDIS_URL with any other policy, even without a memory limit.
  if (variable === 'REDIS_URL' && !/^(noeviction|volatile-.*)$/.test(policy)) return [wrong(CHECK, finding, fix)];
  if (bounded && policy !== 'noeviction' && policy !== 'volatile-ttl') return [warning(CHECK, finding, fix)];
  return [ok(CHECK, `${name}, ${bounded ? policy : 'without a memory limit'}`)];
}

function slow(server: string, took: number): Finding[] {
  if (took < CLIENT_PATIENCE_MS) return [];
  const found = `${server} took ${took} ms; after ${CLIENT_PATIENCE_MS} ms the client treats it as unavailable`;
  return [warning(CHECK, found, 'Use a Redis that is closer or less busy.')];
}

function failed(server: string, cause: unknown, name: Name): Finding {
  if (!(cause instanceof RedisRefusal)) {
    const fix = `Start it, check host, port and firewall, or unset ${name} if a single process sends all requests.`;
    return wrong(CHECK, `${server} does not respond (${codeOf(cause)})`, fix);
  }
  if (/^(NOAUTH|WRONGPASS|ERR)$/.test(cause.word)) {
    const fix = `Add the correct user and password to ${name}: redis://user:password@host:port.`;
    return wrong(CHECK, `${server} rejects the user or password (${cause.word})`, fix);
  }
  if (cause.word === 'NOPERM') {
    const fix = 'Allow INFO, or check its version and memory policy yourself.';
    return warning(CHECK, `${server} responds, but does not allow INFO for this user (NOPERM)`, fix);
  }
  return wrong(CHECK, `${server} returned an error (${cause.word})`, 'Check the Redis log. If Redis is still loading its data, try again later.');
}
