import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorJson } from '../../js/errors.js';
import { refusal, servedAt, withEmulator, writeVideo } from './connected.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const { emulator, folder } = withEmulator();
let store: string;

beforeEach(async () => {
  if (!existsSync(CLI)) throw new Error('There is no dist/cli.js: run npm run build first.');
  store = join(await mkdtemp(join(folder(), 'store-')), 'accounts.db');
});

/** A browser script that opens the consent page and consents. */
const BROWSER = `#!${process.execPath}
const url = process.argv[2];
const body = new URLSearchParams({ username: 'ana.makes', decision: 'allow' });
for (const scope of new URL(url).searchParams.get('scope').split(',')) body.append('scope', scope);
const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
await fetch(answer.headers.get('location'));
`;

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

interface Run {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts the command line with no environment variables except `env`. */
function start(args: string[], env: Record<string, string> = emulator().env()): Run {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH, HOME: folder(), ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}

function toklink(...args: string[]): Promise<Ended> {
  return start([...args, '--store', store]).ended;
}

/** Runs a command with `--json`. Fails unless stdout is exactly one JSON document. */
async function json(...args: string[]): Promise<{ code: number | null; document: Record<string, never> & { error?: { code: string } } }> {
  const { code, out, err } = await toklink(...args, '--json');
  expect(out.trimEnd().split('\n'), err).toHaveLength(1);
  return { code, document: JSON.parse(out) as never };
}

/** Logs in as a user with a browser does: reads the URL, consents and follows the redirect. */
async function logIn(username = 'ana.makes', follow: (callback: string) => Promise<void> = visit): Promise<Ended> {
  const run = start(['login', '--no-browser', '--json', '--store', store]);
  const address = await line(run, /^https?:\S+authorize\S+$/);
  await follow(await emulator().consent(address, { username }));
  return run.ended;
}

async function visit(callback: string): Promise<void> {
  const page = await fetch(callback);
  expect(page.status).toBe(200);
}

/** Resolves to the first matching line on stderr. */
async function line({ child, ended }: Run, wanted: RegExp): Promise<string> {
  if (child.stderr === null) throw new Error('no stderr');
  const lines = createInterface({ input: child.stderr });
  return Promise.race([
    new Promise<string>((resolve) => lines.on('line', (text) => wanted.test(text) && resolve(text))),
    ended.then(({ code, err }) => Promise.reject(new Error(`ended with ${code}: ${err}`))),
  ]);
}

describe('the toklink command', () => {
  it('connects, lists, reads and disconnects an account', async () => {
    const login = await logIn();
    expect(login.code, login.err).toBe(0);
    expect(JSON.parse(login.out)).toMatchObject({ account: { username: 'ana.makes', status: 'ACTIVE' }, missingScopes: [] });

    expect((await json('accounts')).document).toMatchObject({ accounts: [{ username: 'ana.makes' }] });
    expect((await json('account')).document).toMatchObject({ userInfo: { displayName: 'Ana' } });
    expect((await json('metrics')).document).toMatchObject({ videosRead: 20 });
    expect((await json('metrics', '--all')).document).toMatchObject({ collected: 1, failed: 0, complete: true });
    expect((await json('metrics', '--all', '--limit', '5')).document).toMatchObject({ collected: 0, current: 1 });
    expect((await json('metrics', '--all', '--max-age', '0')).document).toMatchObject({ collected: 1, current: 0 });
    expect((await json('metrics', '--limit', '5')).code).toBe(2);
    expect((await json('videos', '--limit', '3')).document['videos']).toHaveLength(3);
    const quotas = (await json('quota', '--account', '@ana.makes')).document;
    expect(quotas).toMatchObject({ quotas: expect.arrayContaining([expect.objectContaining({ kind: 'publishInit' })]) as never });

    for (const verb of ['accounts', 'account', 'metrics', 'videos', 'quota']) {
      const shown = await toklink(verb);
      expect(shown.code, shown.err).toBe(0);
      expect(shown.out.trim().split('\n').length).toBeGreaterThan(1);
    }
    expect((await json('logout', 'ana.makes')).code).toBe(0);
    expect((await json('accounts')).document).toEqual({ accounts: [] });
    expect((await json('account')).document.error?.code).toBe('NOT_FOUND');
  });

  it('posts a file and shows its status by publish id', async () => {
    await logIn();
    const file = join(folder(), 'cli.mp4');
    const { sha256 } = await writeVideo(file, 1_000_000);
    const posted = await json('post', file, '--title', 'From the shell', '--privacy', 'SELF_ONLY', '--allow-comment');
    expect(posted.code).toBe(0);
    expect(posted.document).toMatchObject({ status: 'PUBLISH_COMPLETE', postId: null });
    expect(await emulator().posts()).toMatchObject([{ publish_id: posted.document['publishId'], sha256 }]);
    const asked = await json('status', posted.document['publishId'] ?? '');
    expect(asked.document).toMatchObject({ status: 'PUBLISH_COMPLETE' });
    const words = await toklink('status', posted.document['publishId'] ?? '');
    expect(words.out).toContain('PUBLISH_COMPLETE');
  });

  it('posts a video by URL and relays it if TikTok rejects the URL', async () => {
    await logIn();
    const file = join(folder(), 'far.mp4');
    const { sha256, bytes } = await writeVideo(file, 1_000_000);
    await emulator().faults({ endpoint: 'video_init', status: 403, code: 'url_ownership_unverified', times: 1 });
    const url = await servedAt(file, bytes);
    const posted = await json('post', url, '--privacy', 'SELF_ONLY', '--relay-from-loopback');
    expect(posted.document).toMatchObject({ status: 'PUBLISH_COMPLETE' });
    expect(await emulator().posts()).toMatchObject([{ publish_id: posted.document['publishId'], sha256 }]);
  });

  it('sends a draft and warns about each option TikTok ignores', async () => {
    await logIn();
    const file = join(folder(), 'draft.mp4');
    await writeVideo(file, 1_000_000);
    const { code, document } = await json('post', file, '--draft', '--title', 'unread');
    expect(code).toBe(0);
    expect(document).toMatchObject({ status: 'SEND_TO_USER_INBOX', warnings: [expect.stringContaining('title') as string] });
    const words = await toklink('post', file, '--draft', '--aigc');
    expect(words).toMatchObject({ code: 0, err: expect.stringContaining('aigc') as string });
  });

  it('exits with 1 and the reason when TikTok rejects the post', async () => {
    await logIn();
    const file = join(folder(), 'refused.mp4');
    await writeVideo(file, 1_000_000);
    await emulator().faults(refusal('duration_check_failed'));
    const { code, document } = await json('post', file, '--privacy', 'SELF_ONLY');
    await emulator().faults();
    const [post] = await emulator().posts();
    expect(code).toBe(1);
    expect(document.error).toMatchObject({ failReason: 'duration_check_failed', publishId: post?.publish_id });
  });

  it('keeps waiting for the login after an unrelated callback', async () => {
    const login = await logIn('ana.makes', async (callback) => {
      const foreign = new URL(callback);
      foreign.searchParams.set('state', 'f'.repeat(43));
      const refused = await fetch(foreign);
      expect(refused.status).toBe(400);
      expect((await fetch(new URL('/elsewhere', callback))).status).toBe(404);
      await visit(callback);
    });
    expect(login.code, login.err).toBe(0);
  });

  it('reports that the user denied the login', async () => {
    const run = start(['login', '--no-browser', '--json', '--store', store]);
    const address = await line(run, /authorize/);
    const page = await fetch(await emulator().consent(address, { decision: 'deny' }));
    expect(page.status).toBe(400);
    const { code, out } = await run.ended;
    expect(code).toBe(1);
    expect((JSON.parse(out) as { error: { owner: string } }).error.owner).toBe('user');
    expect((await json('accounts')).document).toEqual({ accounts: [] });
  });

  it('reports and ignores a callback URL on another machine', async () => {
    const env = { ...emulator().env(), TIKTOK_CALLBACK_URL: 'https://example.com/cb' };
    const run = start(['login', '--no-browser', '--store', store], env);
    await line(run, /TIKTOK_CALLBACK_URL/);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
  });

  it('waits for the login at the configured local callback URL', async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const env = { ...emulator().env(), TIKTOK_CALLBACK_URL: `http://127.0.0.1:${port}/my/callback` };
    const run = start(['login', '--no-browser', '--store', store], env);
    const callback = await emulator().consent(await line(run, /authorize/));
    expect(callback).toContain(`http://127.0.0.1:${port}/my/callback?`);
    await visit(callback);
    expect((await run.ended).out).toContain('@ana.makes');
  });

  it('opens the consent page in a browser', async () => {
    const browser = join(folder(), 'browser.mjs');
    await writeFile(browser, BROWSER, { mode: 0o755 });
    const run = start(['login', '--json', '--store', store], { ...emulator().env(), BROWSER: browser });
    const { code, out, err } = await run.ended;
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ account: { username: 'ana.makes' } });
  });

  it('exits with 130 and posts nothing when interrupted', async () => {
    await logIn();
    const file = join(folder(), 'interrupted.mp4');
    await writeVideo(file, 1_000_000);
    await emulator().faults({ endpoint: 'upload', delay_ms: 600_000, times: 0 });
    const run = start(['post', file, '--privacy', 'SELF_ONLY', '--json', '--store', store]);
    await line(run, /^sending/);
    run.child.kill('SIGINT');
    const { code, out } = await run.ended;
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'CANCELLED', idempotencyKey: expect.stringMatching(/\S{8,}/) as string } });
    await emulator().faults();
  });

  it('lists and resumes an interrupted post', async () => {
    await logIn();
    const file = join(folder(), 'resumed.mp4');
    const { sha256 } = await writeVideo(file, 70_000_000);
    await emulator().faults({ endpoint: 'upload', nth: 3, delay_ms: 600_000, times: 0 });
    const run = start(['post', file, '--privacy', 'SELF_ONLY', '--key', 'k', '--store', store]);
    await line(run, /^sending/);
    while ((await emulator().posts())[0]?.bytes_received !== 20_971_520);
    run.child.kill('SIGINT');
    expect((await run.ended).err).toContain('toklink resume k');
    await emulator().faults();
    expect((await json('unfinished')).document).toMatchObject({
      publishes: [{ idempotencyKey: 'k', totalBytes: 70_000_000 }],
    });
    const moved = join(folder(), 'moved.mp4');
    await rename(file, moved);
    const missing = await json('resume');
    expect(missing.document.error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(file) as string });
    const { code, document } = await json('resume', '--file', moved);
    expect([code, document]).toMatchObject([0, { idempotencyKey: 'k', status: 'PUBLISH_COMPLETE' }]);
    const posts = await emulator().posts();
    expect(posts.map((post) => post.sha256)).toEqual([sha256]);
    expect((await toklink('resume', 'k')).code).toBe(0);
    expect((await json('resume')).document.error).toMatchObject({ code: 'NOT_FOUND' });
    expect((await json('unfinished')).document).toEqual({ publishes: [] });
    expect((await json('abandon', 'k')).document.error).toMatchObject({ code: 'CONFLICT' });
  });

  it('waits while another process owns the post', async () => {
    await logIn();
    const file = join(folder(), 'killed.mp4');
    await writeVideo(file, 1_000_000);
    await emulator().faults({ endpoint: 'upload', delay_ms: 600_000, times: 0 });
    const killed = start(['post', file, '--privacy', 'SELF_ONLY', '--key', 'k', '--store', store]);
    await line(killed, /^sending/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const waiting = start(['resume', 'k', '--store', store]);
    await line(waiting, /process/);
    waiting.child.kill('SIGINT');
    const { code, err } = await waiting.ended;
    expect([code, err]).toEqual([130, expect.stringContaining('toklink resume k')]);
    await emulator().faults();
  });

  it('abandons a post with an unknown outcome', async () => {
    await logIn();
    const address = 'https://media.example.test/clip.mp4';
    const args = ['post', address, '--privacy', 'SELF_ONLY', '--key', 'k'];
    await emulator().faults({ endpoint: 'video_init', reset: true, after: true });
    expect((await json(...args)).code).toBe(1);
    await emulator().faults();
    expect((await json('unfinished')).document).toMatchObject({ publishes: [{ idempotencyKey: 'k', publishId: null, totalBytes: 0 }] });
    expect((await toklink('unfinished')).out).toMatch(/^k {2,}.+ {2,}.+$/m);
    expect((await json('resume')).document.error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('toklink unfinished') as string });
    expect((await json(...args)).document.error).toMatchObject({ code: 'CONFLICT' });
    expect((await toklink('abandon', 'k')).code).toBe(0);
    expect((await json('unfinished')).document).toEqual({ publishes: [] });
  });

  it('reports that the callback port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const env = { ...emulator().env(), TIKTOK_CALLBACK_URL: `http://127.0.0.1:${port}/callback` };
    const { code, err } = await start(['login', '--no-browser', '--store', store], env).ended;
    other.close();
    expect([code, err]).toEqual([1, expect.stringMatching(/EADDRINUSE.*TIKTOK_CALLBACK_URL/)]);
  });

  it.each([
    ['a read', ['account'], ''],
    ['a metrics collection', ['metrics', '--all'], 'collectMetrics'],
  ])('exits with 130 on Ctrl-C while %s waits for TikTok', async (_what, args, operation) => {
    await logIn();
    await emulator().faults({ endpoint: 'user_info', delay_ms: 600_000, times: 0 });
    const run = start([...args, '--json', '--store', store]);
    const asked = async () => (await emulator().get<{ faults: { seen: number }[] }>('faults')).faults[0]?.seen;
    while ((await asked()) === 0);
    run.child.kill('SIGINT');
    const { code, out } = await run.ended;
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'CANCELLED', owner: 'user', operation } });
    await emulator().faults();
  });

  it('requires --account when several accounts are connected', async () => {
    await logIn();
    await logIn('ben.private');
    const unclear = await json('account');
    expect(unclear.code).toBe(2);
    expect((await json('account', '--account', 'Ben')).document).toMatchObject({ account: { username: 'ben.private' } });
    expect((await json('account', '--account', 'zoe')).document.error?.code).toBe('NOT_FOUND');
  });
});

describe('an invalid command line', () => {
  it.each([
    [['nonsense']],
    [[]],
    [['videos', '--limit', 'many']],
    [['videos', '--limit', '0']],
    [['videos', '--nope']],
    [['post']],
    [['post', 'x.mp4']],
    [['post', 'x.mp4', '--privacy', 'EVERYBODY']],
    [['status']],
    [['abandon']],
  ])('exits with 2 and prints one JSON document for %j', async (args) => {
    const words = await toklink(...args);
    expect(words.code).toBe(2);
    expect(words.out).toBe('');
    expect(words.err).not.toBe('');
    const { code, document } = await json(...args);
    expect(code).toBe(2);
    expect(document.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect((await toklink(...args, '--json')).err).toBe('');
  });

  it('accepts an id that starts with a dash at any position', async () => {
    const { document } = await json('logout', '-000ab_c-d');
    expect(document.error).toMatchObject({ code: 'NOT_FOUND' });
    expect((document.error as unknown as { message: string }).message).toContain('"-000ab_c-d"');
    expect((await json('account', '--account', '-000abc')).document.error?.code).toBe('NOT_FOUND');
    expect((await json('status', '-v_pub~1')).document.error?.code).toBe('NOT_FOUND');
  });

  it('prints help and version with exit code 0', async () => {
    expect(await toklink('--help')).toMatchObject({ code: 0, out: expect.stringContaining('login') as string });
    expect(await toklink('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
    expect(await toklink('post', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('--privacy') as string });
  });
});

describe('toklink metrics and toklink quota', () => {
  it('explains the metrics and prints the source of quota counts', async () => {
    await logIn();
    expect((await toklink('metrics')).out).toMatch(/^views .*\b20\b.* {2,}/m);
    expect((await json('quota')).document).toMatchObject({ quotas: expect.arrayContaining([expect.objectContaining({ source: 'memory' })]) as never });
  });
});

describe('toklink with invalid input', () => {
  it('rejects a store whose folder cannot be created', async () => {
    const { code, out } = await start(['accounts', '--json', '--store', '/proc/nowhere/deep/store.db']).ended;
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: 'CONFIG', message: expect.stringContaining('/proc/nowhere/deep') as string },
    });
  });

  it('prints each configuration problem on its own line', async () => {
    const { err } = await start(['accounts', '--store', store], {}).ended;
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^toklink: .*\[CONFIG\]/);
    for (const [at, name] of ['TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET', 'TOKEN_ENCRYPTION_KEY'].entries()) {
      expect(lines[at + 1]).toMatch(new RegExp(`^  ${name} `));
    }
  });

  it('reports missing keys as CONFIG errors', async () => {
    const { code, out } = await start(['accounts', '--json', '--store', store], {}).ended;
    expect(code).toBe(1);
    const { error } = JSON.parse(out) as { error: ErrorJson };
    expect(error.code).toBe('CONFIG');
    expect(error.problems.map(({ variable }) => variable)).toEqual(['TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET', 'TOKEN_ENCRYPTION_KEY']);
  });

  it('rejects a file that is not a video in probe and post', async () => {
    await logIn();
    const place = await mkdtemp(join(tmpdir(), 'toklink-files-'));
    await writeFile(join(place, 'empty.mp4'), '');
    await writeFile(join(place, 'text.mp4'), 'hello\n'.repeat(400));
    await mkdir(join(place, 'folder.mp4'));
    for (const name of ['missing.mp4', 'empty.mp4', 'text.mp4', 'folder.mp4']) {
      const probed = await json('probe', join(place, name));
      const posted = await json('post', join(place, name), '--privacy', 'SELF_ONLY');
      expect([probed.code, posted.code], name).toEqual([1, 1]);
      expect(posted.document.error?.code, name).toBe(probed.document.error?.code);
    }
    expect(await emulator().posts()).toEqual([]);
  });

  it('rejects a long title and an unavailable privacy level', async () => {
    await logIn();
    const file = join(folder(), 'fine.mp4');
    await writeVideo(file, 1_000_000);
    const long = await json('post', file, '--privacy', 'SELF_ONLY', '--title', 'x'.repeat(2201));
    expect(long.document.error?.code).toBe('INVALID_INPUT');
    const level = await json('post', file, '--privacy', 'FOLLOWER_OF_CREATOR');
    expect(level.code).toBe(1);
    expect(await emulator().posts()).toEqual([]);
  });

  it('reports UNAVAILABLE without a network', async () => {
    await logIn();
    const env = { ...emulator().env(), TIKTOK_API_BASE_URL: 'http://127.0.0.1:1' };
    const { code, out } = await start(['account', '--json', '--store', store], env).ended;
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'UNAVAILABLE', retryable: true } });
  });
});

describe('toklink without configuration', () => {
  it('probes a valid video', async () => {
    const file = join(folder(), 'probe.mp4');
    const { durationMs } = await writeVideo(file, 1_000_000);
    const { code, out } = await start(['probe', file, '--json'], {}).ended;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ video: { container: 'mp4', sizeBytes: 1_000_000, durationMs }, findings: [] });
    expect((await start(['probe', file], {}).ended).out).toMatch(/ {2,}mp4\b/);
  });

  it('lists each rule that a video violates', async () => {
    const small = fileURLToPath(new URL('../c/media/small.mp4', import.meta.url));
    const { code, out } = await start(['probe', small, '--json'], {}).ended;
    expect(code).toBe(0);
    const { findings } = JSON.parse(out) as { findings: unknown[] };
    expect(findings).toHaveLength(2);
    // Each finding has one indented line.
    expect((await start(['probe', small], {}).ended).out.match(/^ {2}\S.+$/gm)).toHaveLength(2);
  });

  it('rejects a global option before the emulator command', async () => {
    const { code, err } = await start(['--json', 'emulator'], {}).ended;
    expect([code, err]).toEqual([2, '']);
  });

  it('creates the default store for the current user only', async () => {
    const data = await mkdtemp(join(folder(), 'data-'));
    const { code } = await start(['accounts'], { ...emulator().env(), XDG_DATA_HOME: data }).ended;
    expect(code).toBe(0);
    expect((await stat(join(data, 'toklink'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(data, 'toklink', 'store.db'))).mode & 0o077).toBe(0);
  });
});
