import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start } from '../../js/emulator.js';
import type { Emulator } from '../../js/emulator.js';
import { findBinary, PLATFORM_PACKAGE } from '../../js/emulator/binary.js';
import { compareRequests } from '../../js/emulator/expectation.js';
import type { RecordedRequest } from '../../js/emulator/types.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toklink-emulator-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a script that stands in for the emulator binary. */
async function standIn(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!${process.execPath}\n${script}`);
  await chmod(path, 0o755);
  return path;
}

async function withBinary<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['TOKLINK_EMULATOR'];
  process.env['TOKLINK_EMULATOR'] = path;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['TOKLINK_EMULATOR'];
    else process.env['TOKLINK_EMULATOR'] = before;
  }
}

/** Resolves to the first matching line of this stream. */
function line(child: ChildProcess, wanted: RegExp): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on('line', (text) => wanted.test(text) && resolve(text));
    lines.on('close', () => reject(new Error(`no line like ${wanted}`)));
  });
}

/** Resolves once no server responds at this URL. */
async function gone(url: string): Promise<void> {
  for (;;) {
    const answered = await fetch(`${url}/_emulator/state`).then(
      () => true,
      () => false,
    );
    if (!answered) return;
  }
}

const tokenBody = (emulator: Emulator, fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ client_key: emulator.app.clientKey, client_secret: emulator.app.clientSecret, ...fields }),
});

const redirectUri = 'http://127.0.0.1:8700/callback';
const verifier = 'v'.repeat(43);
async function tokens(emulator: Emulator): Promise<{ access_token: string }> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const codeChallenge = Buffer.from(digest).toString('hex');
  const code = await emulator.grant({ username: 'ana.makes', scopes: ['user.info.basic'], redirectUri, codeChallenge });
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const answer = await fetch(`${emulator.url}/v2/oauth/token/`, tokenBody(emulator, fields));
  return (await answer.json()) as { access_token: string };
}

function userInfo(emulator: Emulator, token: string): Promise<Response> {
  return fetch(`${emulator.url}/v2/user/info/?fields=open_id`, { headers: { authorization: `Bearer ${token}` } });
}

describe('start', () => {
  it('starts a virtual clock and records requests', async () => {
    await using emulator = await start({ seed: 7, clock: 'virtual' });
    const { access_token } = await tokens(emulator);
    expect((await userInfo(emulator, access_token)).status).toBe(200);
    const now = await emulator.advance(0);
    expect(await emulator.advance(7_200_000)).toBe(now + 7_200_000);
    expect((await userInfo(emulator, access_token)).status).toBe(401);
    const [first] = await emulator.requests();
    expect(first).toMatchObject({ endpoint: 'token', status: 200, clientKey: emulator.app.clientKey, faulted: false });
    await emulator.expectRequests(['token', { endpoint: 'user_info', times: 2 }]);
    await expect(emulator.expectRequests(['token', 'user_info'])).rejects.toThrow(/\b3\b.*user_info/);
    await emulator.reset();
    await emulator.expectRequests([]);
  });

  it('creates users who have granted access', async () => {
    await using emulator = await start();
    const users = await emulator.createUsers({ count: 3, scopes: ['user.info.basic'], videos: 2 });
    expect(new Set(users.map((user) => user.username)).size).toBe(3);
    expect(users[0]).toMatchObject({ scope: 'user.info.basic', expiresIn: 7200, refreshExpiresIn: 15_552_000 });
    for (const { accessToken } of users) expect((await userInfo(emulator, accessToken)).status).toBe(200);
    await expect(emulator.createUsers({ count: 0 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('adds and removes fault rules', async () => {
    await using emulator = await start();
    const { access_token } = await tokens(emulator);
    await emulator.fault({ endpoint: 'user_info', status: 503, body: '<p>', contentType: 'text/html', times: 0 });
    const spoiled = await userInfo(emulator, access_token);
    expect([spoiled.status, spoiled.headers.get('content-type')]).toEqual([503, 'text/html']);
    await emulator.clearFaults();
    expect((await userInfo(emulator, access_token)).status).toBe(200);
    await expect(emulator.fault({ endpoint: '/nowhere/' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('"/nowhere/"') as string,
    });
  });

  it('runs two independent emulators and rejects calls after stop', async () => {
    await using one = await start({ limits: false });
    await using other = await start();
    await fetch(`${one.url}/v2/user/info/`);
    expect([(await one.requests()).length, (await other.requests()).length]).toEqual([1, 0]);
    await one.stop();
    await one.stop();
    await expect(one.requests()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('reports the last output of a binary that exits at start', async () => {
    const dying = await standIn('dying', "console.error('the port is taken'); process.exitCode = 1;");
    await withBinary(dying, async () => {
      await expect(start()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/\b1\b[^]*the port is taken/) as string,
      });
    });
    await expect(start({ port: 70_000 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('names the missing binary and the variable that sets it', () => {
    expect(() => findBinary({ TOKLINK_EMULATOR: '/nowhere/emulator' })).toThrow(/\/nowhere\/emulator.*TOKLINK_EMULATOR/);
  });

  it('ends the emulator when its parent process is killed', async () => {
    const script = `import { start } from 'toklink/emulator'; console.log((await start()).url); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await line(parent, /^http:/);
    parent.kill('SIGKILL');
    await gone(url);
  });

  it('does not keep its parent process alive', async () => {
    const script = `import { start } from 'toklink/emulator'; console.log((await start()).url);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT });
    await gone(stdout.trim());
  });
});

describe('compareRequests', () => {
  const request = (endpoint: RecordedRequest['endpoint'], status = 200): RecordedRequest => ({
    seq: 1, atMs: 0, method: 'GET', path: `/v2/${endpoint ?? 'unknown'}/`, query: '', endpoint, status, errorCode: null,
    clientKey: null, username: null, publishId: null, bodyBytes: 0, contentRange: null, faulted: false, logId: null,
  });

  it('reports the first difference and both lists', () => {
    const came = [request('token'), request('upload'), request('upload', 500), request(null)];
    expect(() => compareRequests(came, ['token', { endpoint: 'upload', times: 2 }, '/v2/unknown/'])).not.toThrow();
    expect(() => compareRequests(came, ['token', { endpoint: 'upload', times: 2, status: 200 }, '/v2/unknown/'])).toThrow(
      /\b3\b.*upload \(200\).*upload \(500\).*\n.*4.*token, upload \(200\) x2, \/v2\/unknown\/\n.*4.*token, upload x2, \/v2\/unknown\//,
    );
    expect(() => compareRequests([], ['token'])).toThrow(/\b1\b.*token/);
  });
});

describe('toklink emulator', () => {
  it('forwards its flags and exits with 0 on Ctrl-C', async () => {
    const child = spawn(process.execPath, [CLI, 'emulator', '--port', '0', '--no-limits'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const [address, page] = await Promise.all([line(child, /^listening /), line(child, /^console /), line(child, /Ctrl-C/)]);
    const url = address.replace('listening ', '');
    expect(page).toContain(`${url}/_emulator/`);
    expect(((await (await fetch(`${url}/_emulator/state`)).json()) as { limits: boolean }).limits).toBe(false);
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await gone(url);
  });

  /** Starts a command that runs the emulator. Resolves to the process and the emulator's URL. */
  async function serving(program: string, args: string[]): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    return { child, url: (await line(child, /^listening /)).replace('listening ', '') };
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends the emulator on %s', async (signal) => {
    const { child, url } = await serving(process.execPath, [CLI, 'emulator', '--port', '0']);
    child.kill(signal);
    await gone(url);
  });

  it('ends when the shell that started it ends', async () => {
    const { child, url } = await serving('sh', ['-c', '"$0" "$1" emulator --port 0; exit 0', process.execPath, CLI]);
    child.kill('SIGTERM');
    await gone(url);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when npx receives %s', async (signal) => {
    const { child, url } = await serving('npx', ['--no-install', 'toklink', 'emulator', '--port', '0']);
    child.kill(signal);
    await gone(url);
  });

  it('exits with 2 for invalid usage and with 1 without a binary', async () => {
    await expect(run(process.execPath, [CLI, 'emulator', '--nope'])).rejects.toMatchObject({ code: 2 });
    expect((await run(process.execPath, [CLI, 'emulator', '--help'])).stdout).toContain('--no-limits');
    const env = { ...process.env, TOKLINK_EMULATOR: '/nowhere' };
    const stderr = expect.stringContaining('/nowhere') as string;
    await expect(run(process.execPath, [CLI, 'emulator'], { env })).rejects.toMatchObject({ code: 1, stderr });
  });
});

describe('toklink/emulator in another project', () => {
  it('starts without the native addon', async () => {
    const project = await mkdtemp(join(folder, 'project-'));
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: ROOT });
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    // The package is unpacked and not installed, so the addon is missing and no registry is needed.
    const place = join(project, 'node_modules/toklink');
    await run('mkdir', ['-p', place]);
    await run('tar', ['-xzf', join(project, packed?.filename ?? ''), '-C', place, '--strip-components=1']);
    const script = `import { start } from 'toklink/emulator';
      const emu = await start(); await fetch(emu.url + '/v2/user/info/');
      await emu.expectRequests(['user_info']); await emu.stop(); console.log('fine');`;
    await writeFile(join(project, 'test.mjs'), script);
    const env = { ...process.env, TOKLINK_EMULATOR: findBinary() };
    expect((await run(process.execPath, ['test.mjs'], { cwd: project, env })).stdout).toBe('fine\n');

    const bare: NodeJS.ProcessEnv = { ...process.env };
    delete bare['TOKLINK_EMULATOR'];
    const failed = run(process.execPath, ['test.mjs'], { cwd: project, env: bare });
    await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining(`npm install --save-dev ${PLATFORM_PACKAGE}`) as string });

    const platform = join(project, 'node_modules', PLATFORM_PACKAGE);
    await run('mkdir', ['-p', platform]);
    await writeFile(join(platform, 'package.json'), JSON.stringify({ name: PLATFORM_PACKAGE, version: '0.1.0' }));
    await run('ln', ['-s', findBinary(), join(platform, 'toklink-emulator')]);
    expect((await run(process.execPath, ['test.mjs'], { cwd: project, env: bare })).stdout).toBe('fine\n');
    expect(existsSync(join(project, 'node_modules/toklink-native'))).toBe(false);
  });
});
