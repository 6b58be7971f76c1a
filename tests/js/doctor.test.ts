import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from '../../js/cli/doctor/diagnose.js';
import type { DoctorChoice } from '../../js/cli/doctor/diagnose.js';
import { nodeVersion } from '../../js/cli/doctor/runtime.js';
import type { Env } from '../../js/cli/doctor/environment.js';
import { Client } from '../../js/index.js';
import { connect, options, withEmulator } from './connected.js';
import { APP, KEY } from './emulator.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const OTHER_KEY = '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f';
const { emulator, folder } = withEmulator();
const servers: Server[] = [];
let place: string;

beforeEach(async () => {
  place = await mkdtemp(join(folder(), 'app-'));
});
afterAll(() => {
  for (const server of servers) server.close();
});

/** Returns a valid environment. */
function good(): Env {
  return { ...emulator().env(), TIKTOK_CALLBACK_URL: 'https://example.com/api/social/tiktok/callback' };
}

/** Returns the findings of a check as `level: found -> fix`. */
async function found(check: string, env: Env, choice: Partial<DoctorChoice> = {}): Promise<string[]> {
  const { findings } = await diagnose({ app: place, store: join(place, 'none.db'), ...choice }, env);
  const texts = findings.map(({ level, found, fix }) => `${level}: ${found}${fix === null ? '' : ` -> ${fix}`}`);
  const shown = JSON.stringify(findings);
  for (const secret of [APP.clientSecret, KEY, OTHER_KEY, 'p4ssw0rd']) expect(shown).not.toContain(secret);
  for (const { level, fix } of findings) expect(fix === null).toBe(level === 'ok');
  return texts.filter((_, i) => findings[i]?.check === check);
}

/** Writes the files of an app. */
async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  }
}

/** Starts a server on loopback with this handler. */
async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer as never);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('toklink doctor', () => {
  it('reports an app folder that does not exist', async () => {
    const app = join(place, 'nowhere');
    await writeFile(join(place, 'file'), '');
    expect(await found('app', good(), { app })).toEqual([expect.stringMatching(new RegExp(`^wrong: .*${app}.* -> .*--app`))]);
    expect(await found('app', good(), { app: join(place, 'file') })).toHaveLength(1);
    expect(await found('app', good())).toEqual([]);
  });

  /** Runs the command line as a user does. */
  function run(env: Env, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const { PATH = '' } = process.env;
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [CLI, 'doctor', ...args], { cwd: place, env: { PATH, HOME: place, ...env } }, (_, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  }

  it('exits with 0 and one line per finding if nothing is wrong', async () => {
    const { code, out, err } = await run(good());
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ok +Node\.js +\d/m);
    expect(out).toMatch(/^ok +native addon +toklink-native 0\.1\.0 for (linux|darwin|win32) /m);
    expect(out).toMatch(/^ok +clock /m);
    expect(out).toMatch(/^0 wrong, 0 warnings, \d+ ok$/m);
  });

  it('exits with 1 and prints the fix below each problem', async () => {
    const { code, out } = await run({ ...good(), TIKTOK_CLIENT_KEY: '' });
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong +client key +TIKTOK_CLIENT_KEY .*\n +-> \S/m);
  });

  it('prints one JSON document with --json despite problems', async () => {
    const { code, out } = await run({ ...good(), TOKEN_ENCRYPTION_KEY: 'short' }, '--json');
    expect(code).toBe(1);
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Record<string, unknown>[] };
    expect(ok).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'encryption key', level: 'wrong' }));
    expect(out).not.toContain('short"');
  });

  it('continues without the addon and sends no secret to TikTok', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    await mkdir(join(root, 'target'), { recursive: true });
    // The copy is inside the repository, so that Node finds every package except the addon.
    const bare = await mkdtemp(join(root, 'target/doctor-'));
    await cp(join(root, 'dist'), join(bare, 'node_modules/toklink/dist'), { recursive: true });
    await cp(join(root, 'package.json'), join(bare, 'node_modules/toklink/package.json'));
    for (const file of ['main.cjs', 'package.json', 'index.js']) {
      await cp(join(root, 'bindings/node', file), join(bare, 'node_modules/toklink-native', file));
    }
    const bodies: string[] = [];
    const url = await serve((request, answer) => {
      request.on('data', (bytes: Buffer) => bodies.push(bytes.toString()));
      request.on('end', () => answer.end('{"error":"invalid_request"}'));
    });
    const env = { ...good(), TIKTOK_API_BASE_URL: url, PATH: process.env['PATH'], HOME: place } as NodeJS.ProcessEnv;
    const cli = join(bare, 'node_modules/toklink/dist/cli.js');
    const out = await new Promise<string>((resolve) => {
      execFile(process.execPath, [cli, 'doctor', '--json'], { cwd: place, env }, (_, text) => resolve(text));
    });
    await rm(bare, { recursive: true });
    const { findings } = JSON.parse(out) as { findings: { check: string; level: string; found: string; fix: string }[] };
    const level = (check: string): string[] => findings.filter((one) => one.check === check).map((one) => one.level);
    expect([level('native addon'), level('encryption key'), level('store')]).toEqual([['wrong'], ['warning'], ['warning']]);
    expect(findings.find(({ check }) => check === 'native addon')?.fix).toContain('npm install --include=optional');
    expect(bodies.join()).toBe('grant_type=client_credentials&client_key=&client_secret=');
  });

  it.each([
    ['18.20.0', 'wrong'],
    ['20.18.3', 'wrong'],
    ['20.19.0', 'ok'],
    ['21.7.0', 'wrong'],
    ['22.11.0', 'wrong'],
    ['22.12.0', 'ok'],
    ['24.0.0', 'ok'],
  ])('rates Node %s as %s', (version, level) => {
    expect(nodeVersion(version).level).toBe(level);
  });
});

describe('the key check of doctor', () => {
  it.each<[string, Env, string, RegExp]>([
    ['a missing key', { TIKTOK_CLIENT_KEY: ' ' }, 'client key', /^wrong: TIKTOK_CLIENT_KEY /],
    ['a key that contains a space', { TIKTOK_CLIENT_KEY: 'aw toklink' }, 'client key', /^wrong: TIKTOK_CLIENT_KEY .*space/],
    ['a key of an undocumented format', { TIKTOK_CLIENT_KEY: 'aw_toklink' }, 'client key', /^warning: .*\b10 /],
    ['a key of an unknown format', { TIKTOK_CLIENT_KEY: '7123456789012' }, 'client key', /^warning: .*\b13 /],
    ['a production key', {}, 'client key', /^ok: .*production/],
    ['a sandbox key', { TIKTOK_CLIENT_KEY: 'sbaw0123456789abcd' }, 'client key', /^ok: .*sandbox/],
    ['a sandbox key in production', { TIKTOK_CLIENT_KEY: 'sbaw0123456789abcd', NODE_ENV: 'production' }, 'client key', /^warning: .*sandbox.*NODE_ENV/],
    ['a secret that contains a quote', { TIKTOK_CLIENT_SECRET: `"${APP.clientSecret}` }, 'client secret', /^wrong: TIKTOK_CLIENT_SECRET .*quote/],
    ['a secret in quotes', { TIKTOK_CLIENT_SECRET: `"${APP.clientSecret}"` }, 'client secret', /^ok: /],
    ['a missing CA file', { TIKTOK_CA_FILE: '/no/such/ca.pem' }, 'authorities', /^wrong: TIKTOK_CA_FILE (?!.*ca\.pem).* -> /],
    ['an encryption key next to a missing CA file', { TIKTOK_CA_FILE: '/no/such/ca.pem' }, 'encryption key', /^warning: TOKEN_ENCRYPTION_KEY /],
    ['no CA file', {}, 'authorities', /^ok: /],
    ['a missing secret', { TIKTOK_CLIENT_SECRET: '' }, 'client secret', /^wrong: TIKTOK_CLIENT_SECRET /],
    ['a truncated secret', { TIKTOK_CLIENT_SECRET: 'toklinkemulator' }, 'client secret', /^warning: .*\b15 /],
    ['no encryption key', { TOKEN_ENCRYPTION_KEY: '' }, 'encryption key', /^wrong: TOKEN_ENCRYPTION_KEY .* -> .*openssl rand -hex 32/],
    ['an encryption key that is too short', { TOKEN_ENCRYPTION_KEY: KEY.slice(2) }, 'encryption key', /^wrong: TOKEN_ENCRYPTION_KEY\b.*\b64\b/],
    ['an encryption key of zeros', { TOKEN_ENCRYPTION_KEY: '0'.repeat(64) }, 'encryption key', /^wrong: TOKEN_ENCRYPTION_KEY\b/],
    ['a key ring with an invalid second key', { TOKEN_ENCRYPTION_KEYS: `new:${KEY},old:xyz` }, 'encryption key', /^wrong: TOKEN_ENCRYPTION_KEYS\b.*\b2\b(?!.*xyz)/],
    ['a valid key ring', { TOKEN_ENCRYPTION_KEYS: `new:${KEY},old:${OTHER_KEY}`, TOKEN_ENCRYPTION_KEY: '' }, 'encryption key', /^ok: .*\bnew\b.*\b1\b/],
    ['one valid key', {}, 'encryption key', /^ok: .*\bk[0-9a-f]{12}\b/],
  ])('rates an environment with %s', async (_, env, check, wanted) => {
    expect((await found(check, { ...good(), ...env }))[0]).toMatch(wanted);
  });

  it('reports each missing key on its own line', async () => {
    const env = { TIKTOK_API_BASE_URL: emulator().baseUrl };
    expect([(await found('client key', env))[0], (await found('client secret', env))[0]]).toEqual([
      expect.stringMatching(/^wrong: TIKTOK_CLIENT_KEY /),
      expect.stringMatching(/^wrong: TIKTOK_CLIENT_SECRET /),
    ]);
    expect(await found('key and secret', env)).toEqual([]);
  });

  it('reports a single key that a key ring overrides', async () => {
    expect(await found('encryption key', { ...good(), TOKEN_ENCRYPTION_KEYS: `new:${OTHER_KEY}` })).toContainEqual(
      expect.stringMatching(/^warning: TOKEN_ENCRYPTION_KEY /),
    );
  });

  it('checks the pair of client key and secret with TikTok', async () => {
    expect(await found('key and secret', good())).toEqual([expect.stringMatching(/^ok: /)]);
    const mixed = { ...good(), TIKTOK_CLIENT_SECRET: 'x'.repeat(32) };
    expect(await found('key and secret', mixed)).toEqual([expect.stringMatching(/^wrong: .*\(invalid_client\) -> .*sandbox/)]);
  });

  it('reports keys that reach browsers or contain quotes', async () => {
    const env = { ...good(), NEXT_PUBLIC_TIKTOK_CLIENT_SECRET: APP.clientSecret, NEXTAUTH_URL: '"https://example.com"' };
    expect(await found('environment', env)).toEqual([
      expect.stringMatching(/^ok: .*\b7\b/),
      expect.stringMatching(/^wrong: NEXT_PUBLIC_TIKTOK_CLIENT_SECRET /),
      expect.stringMatching(/^warning: .*\bNEXTAUTH_URL /),
    ]);
  });
});

describe('the redirect URI check of doctor', () => {
  it.each<[string, RegExp]>([
    ['https://example.com/api/social/tiktok/callback', /^ok: https:\/\/example.com\/api\/social\/tiktok\/callback\b.*\bWeb\b/],
    ['http://localhost:3000/callback/', /^ok: .*Desktop/],
    ['https://127.0.0.1:8443/callback', /^ok: .*Desktop/],
    ['http://localhost/callback', /^wrong: .*port/],
    ['http://example.com/callback', /^wrong: .*http\b.*localhost/],
    ['https://example.com/callback?from=tiktok', /^wrong: https:\/\/example.com\/callback .*query/],
    ['https://example.com/callback#done', /^wrong: .*fragment/],
    [`https://example.com/${'a'.repeat(500)}`, /^wrong: .*\b520 /],
    ['https://user:p4ssw0rd@example.com/callback', /^wrong: .*user/],
    ['myapp://callback', /^wrong: myapp:\/\/callback /],
    ['example.com/callback', /^wrong: TIKTOK_CALLBACK_URL /],
  ])('rates the redirect URI %s', async (url, wanted) => {
    expect((await found('redirect URI', { ...good(), TIKTOK_CALLBACK_URL: url }))[0]).toMatch(wanted);
  });

  it('checks the redirect URI of the web routes by default', async () => {
    const env = (more: Env): Env => ({ ...emulator().env(), ...more });
    expect((await found('redirect URI', env({ NEXTAUTH_URL: 'https://app.example.com' })))[0]).toMatch(/^ok: https:\/\/app\.example\.com\/.*NEXTAUTH_URL/);
    expect((await found('redirect URI', env({ VERCEL_URL: 'app-1a2b.vercel.app' })))[0]).toMatch(/^warning: https:\/\/app-1a2b\.vercel\.app\//);
    expect((await found('redirect URI', env({ NEXT_PUBLIC_APP_URL: 'https://app.example.com' })))[0]).toMatch(/^ok: .*NEXT_PUBLIC_APP_URL/);
    expect((await found('redirect URI', env({})))[0]).toMatch(/^warning: TIKTOK_CALLBACK_URL /);
    expect((await found('redirect URI', env({ NODE_ENV: 'production' })))[0]).toMatch(/^wrong: .*NODE_ENV/);
  });
});

describe('the TikTok check of doctor', () => {
  it('passes when TikTok responds', async () => {
    expect(await found('TikTok', good())).toEqual([expect.stringMatching(/^ok: .*emulator.*http:\/\/127\.0\.0\.1:\d+ .*\b\d+ ms/)]);
  });

  it('reports an emulator that is not running', async () => {
    const env = { ...good(), TIKTOK_API_BASE_URL: 'http://127.0.0.1:2' };
    expect(await found('TikTok', env)).toEqual([expect.stringMatching(/^wrong: .*emulator.*http:\/\/127\.0\.0\.1:2\b.*\(ECONNREFUSED\)/)]);
    expect(await found('clock', env)).toEqual([]);
  });

  it('reports that TikTok is unreachable, even behind a proxy', async () => {
    const env = { ...good(), TIKTOK_API_BASE_URL: 'https://127.0.0.2:2' };
    expect(await found('TikTok', env)).toEqual([expect.stringMatching(/^wrong: https:\/\/127\.0\.0\.2:2 .*\(ECONNREFUSED\) -> /)]);
    const behind = { ...env, HTTPS_PROXY: 'http://proxy.example:8080' };
    expect(await found('TikTok', behind)).toEqual([expect.stringMatching(/^warning: .*HTTPS_PROXY.* -> .*toklink login/)]);
  });

  it('reports a response that is not from TikTok', async () => {
    const portal = await serve((_, answer) => answer.end('<html>Please pay</html>'));
    expect(await found('TikTok', { ...good(), TIKTOK_API_BASE_URL: portal })).toEqual([expect.stringMatching(/^wrong: .*\b200\b/)]);
  });

  it('sends no secret to a URL without https', async () => {
    const [first] = await found('TikTok', { ...good(), TIKTOK_API_BASE_URL: 'http://tiktok.example' });
    expect(first).toMatch(/^wrong: TIKTOK_API_BASE_URL/);
  });

  it.each([
    [-4, /^ok: /],
    [30, /^warning: .*\b(29|30|31) s behind.* -> .*NTP/],
    [-45, /^warning: .*\b(44|45|46) s ahead/],
    [600, /^wrong: .*\b(599|600|601) s behind/],
  ])('compares the local clock with a server %i s ahead', async (seconds, wanted) => {
    const url = await serve((_, answer) => {
      answer.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString());
      answer.end('{"access_token":"clt.x","expires_in":7200,"token_type":"Bearer"}');
    });
    expect(await found('clock', { ...good(), TIKTOK_API_BASE_URL: url })).toEqual([expect.stringMatching(wanted)]);
  });
});

describe('the store check of doctor', () => {
  it('passes for a missing store that can be created', async () => {
    expect(await found('store', good(), { store: join(place, 'new/folder/a.db') })).toEqual([expect.stringMatching(/^ok: .*a\.db/)]);
  });

  it('reports a file in place of the store folder', async () => {
    await write({ file: '' });
    const [first] = await found('store', good(), { store: join(place, 'file/a.db') });
    expect(first).toMatch(/^wrong: .*file/);
  });

  it('passes for a store whose tokens can be decrypted', async () => {
    const file = await keep(KEY);
    expect(await found('store', good(), { store: file })).toEqual([expect.stringMatching(/^ok: .*accounts\.db.*\b1\b/)]);
  });

  it('reports a store whose tokens cannot be decrypted', async () => {
    const file = await keep(KEY);
    const [, second] = await found('store', { ...good(), TOKEN_ENCRYPTION_KEY: OTHER_KEY }, { store: file });
    expect(second).toMatch(/^wrong: .*\b1\b.*\b1\b/);
  });

  it('reports tokens that are encrypted with an older key', async () => {
    const file = await keep(KEY);
    const ring = { ...good(), TOKEN_ENCRYPTION_KEY: '', TOKEN_ENCRYPTION_KEYS: `new:${OTHER_KEY},old:${KEY}` };
    expect(await found('store', ring, { store: file })).toContainEqual(expect.stringMatching(/^warning: .*\bold\b.* -> .*toklink reseal/));
  });

  it('checks the store even if the keys are invalid', async () => {
    const file = await keep(KEY);
    const [first] = await found('store', { ...good(), TIKTOK_CLIENT_KEY: '', TOKEN_ENCRYPTION_KEY: 'bad' }, { store: file });
    expect(first).toMatch(/^ok: .*accounts\.db.*\b1\b/);
  });

  it('reports a database of another program', async () => {
    await write({ 'other.db': 'no database at all, but long enough to be looked at '.repeat(40) });
    await chmod(join(place, 'other.db'), 0o600);
    expect(await found('store', good(), { store: join(place, 'other.db') })).toEqual([expect.stringMatching(/^wrong: .*other\.db/)]);
  });

  it.skipIf(process.platform === 'win32')('reports a store that other users can read', async () => {
    const file = await keep(KEY);
    await chmod(file, 0o644);
    expect((await found('store', good(), { store: file }))[0]).toMatch(/^warning: .*accounts\.db.* -> .*chmod 600/);
  });

  it('checks a store that is a module of the host', async () => {
    const testing = new URL('../../dist/testing/index.js', import.meta.url).href;
    const host = `import { MemoryStore } from '${testing}'; const store = new MemoryStore();`;
    const missing = "async () => { throw Object.assign(new Error('row of ana'), { name: 'PrismaClientKnownRequestError', code: 'P2021' }) }";
    await write({
      'whole.mjs': `${host} export default store;`,
      'plain.mjs': `${host} export default { accounts: store.accounts, journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' };`,
      'parts.mjs': `${host} export default { accounts: store.accounts };`,
      'lost.mjs': `${host} store.leases.acquire = ${missing}; export default store;`,
      'down.mjs': `${host} store.accounts.load = async () => { throw Object.assign(new Error(''), { code: 'ECONNREFUSED' }) }; export default store;`,
      'broken.mjs': "import 'there-is-no-such-package';",
      'empty.mjs': 'export const store = 1;',
    });
    const at = (file: string): Promise<string[]> => found('store', good(), { storeModule: join(place, file) });
    const whole = await at('whole.mjs');
    expect(whole[0]).toMatch(/^ok: .*whole\.mjs.*\b0\b/);
    expect(whole.filter((text) => text.startsWith('ok')).length).toBe(5);
    expect((await at('plain.mjs')).slice(1)).toEqual([
      expect.stringMatching(/^warning: .*leases/),
      expect.stringMatching(/^warning: .*journal/),
      expect.stringMatching(/^warning: /),
      expect.stringMatching(/^warning: /),
    ]);
    expect((await at('parts.mjs'))[0]).toMatch(/^wrong: .*store\.journal is missing/);
    const lost = await at('lost.mjs');
    expect(lost[1]).toMatch(/^wrong: .*leases.*\(P2021\) -> .*table/);
    expect(lost.join()).not.toContain('row of ana');
    expect((await at('down.mjs'))[0]).toMatch(/^wrong: .*\(ECONNREFUSED\) -> .*database/);
    expect(await at('broken.mjs')).toEqual([expect.stringMatching(/^wrong: .*\(ERR_MODULE_NOT_FOUND\)/)]);
    expect(await at('empty.mjs')).toEqual([expect.stringMatching(/^wrong: .*no store as its default export/)]);
  });

  /** Writes an SQLite store with one account whose tokens this key encrypts. Resolves to the path. */
  async function keep(encryptionKey: string): Promise<string> {
    const file = join(place, 'accounts.db');
    await using client = new Client({ ...options(emulator()), encryptionKey, store: { sqlite: file } });
    await connect(client, emulator());
    return file;
  }
});

describe('the Next.js check of doctor', () => {
  const APP_FILES = {
    'package.json': '{"dependencies":{"next":"16.4.5","toklink":"0.1.0"}}',
    'node_modules/toklink-native/package.json': '{"name":"toklink-native","version":"0.1.0"}',
  };
  const CONFIG = "export default { serverExternalPackages: ['toklink-native'] };";
  const nextIs = (files: Record<string, string>): Promise<string[]> =>
    write({ ...APP_FILES, ...files }).then(() => found('Next.js', good()));

  it('passes in a folder without a Next.js app', async () => {
    expect(await found('Next.js', good())).toEqual([expect.stringMatching(/^ok: .*--app/)]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['excludes the addon from bundling', { 'next.config.ts': CONFIG }, /^ok: next\.config\.ts .*toklink-native/],
    ['uses withToklink', { 'next.config.mjs': "import { withToklink } from 'toklink/next'; export default withToklink({});" }, /^ok: next\.config\.mjs .*withToklink/],
    ['has no configuration', {}, /^wrong: .*next\.config/],
    ['does not name the addon', { 'next.config.mjs': 'export default {};' }, /^wrong: next\.config\.mjs .*toklink-native/],
    ['names the addon only in a comment', { 'next.config.mjs': `// ${CONFIG}\nexport default {};` }, /^wrong: next\.config\.mjs .*toklink-native/],
    ['names toklink instead of the addon', { 'next.config.mjs': CONFIG.replace('toklink-native', 'toklink') }, /^wrong: .*\btoklink\b.*serverExternalPackages/],
    ['imports its configuration from another file', { 'next.config.mjs': "export { default } from './config/next.mjs';" }, /^warning: next\.config\.mjs /],
  ])('rates an app that %s', async (_, files, wanted) => {
    expect(await nextIs(files)).toEqual([expect.stringMatching(wanted)]);
  });

  it('checks the current folder by default', async () => {
    await write({ ...APP_FILES, 'next.config.mjs': CONFIG });
    const { PATH = '' } = process.env;
    const env = { PATH, HOME: place, ...good() } as NodeJS.ProcessEnv;
    const out = await new Promise<string>((resolve) => {
      execFile(process.execPath, [CLI, 'doctor', '--json'], { cwd: place, env }, (_, text) => resolve(text));
    });
    const { findings } = JSON.parse(out) as { findings: { check: string; level: string }[] };
    expect(findings.filter(({ check }) => check === 'Next.js').map(({ level }) => level)).toEqual(['ok']);
  });

  it('reports an app with a linked or missing addon', async () => {
    await write({ 'package.json': APP_FILES['package.json'], 'next.config.mjs': CONFIG });
    expect((await found('Next.js', good()))[1]).toMatch(/^wrong: toklink-native .*load/);
    const source = await mkdtemp(join(folder(), 'source-'));
    await writeFile(join(source, 'package.json'), '{"name":"toklink-native"}');
    await mkdir(join(place, 'node_modules'));
    await symlink(source, join(place, 'node_modules/toklink-native'), 'junction');
    expect((await found('Next.js', good()))[1]).toMatch(/^wrong: toklink-native .*link/);
  });

  const matcher = (text: string): string => `export const config = { matcher: ${text} };\nexport function proxy() {}`;
  it.each<[string, string, string]>([
    ['without a matcher', 'export function middleware() {}', "export const config = { matcher: ['/((?!api/social/tiktok/publish|_next/static|_next/image).*)'] }."],
    ['that matches everything except files', matcher("['/((?!_next/static|.*\\\\.png).*)', '/dashboard']"), "matcher: ['/((?!api/social/tiktok/publish|_next/static|.*\\\\.png).*)', '/dashboard']."],
    ['that excludes part of the API', matcher("['/api/((?!auth).*)']"), "matcher: ['/api/((?!social/tiktok/publish|auth).*)']."],
    ['that matches the API', matcher("'/api/:path*'"), "matcher: ['/api/((?!social/tiktok/publish).*)']."],
    ['that matches everything', matcher("'/:path*'"), "matcher: ['/((?!api/social/tiktok/publish).*)']."],
    ['that names the publish route', matcher("['/api/social/tiktok/publish', '/login']"), "matcher: ['/login']."],
    ['with an object in its matcher list', matcher("[{ source: '/api/:area/tiktok/:rest+' }]"), "source: '/api/((?!social/tiktok/publish).*)'."],
  ])('prints the matcher for a proxy %s', async (_, proxy, line) => {
    for (const config of [CONFIG, CONFIG.replace('{ ', "{ experimental: { proxyClientMaxBodySize: '4gb' }, ")]) {
      expect((await nextIs({ 'proxy.ts': proxy, 'next.config.ts': config }))[1]).toSatisfy((text: string) => text.startsWith('wrong: proxy.ts ') && text.endsWith(line));
    }
    // With the printed line, the matcher excludes the route.
    const fixed = line.startsWith('source') ? matcher(`[{ ${line.slice(0, -1)} }]`) : `export const config = { ${/matcher: .*\]/.exec(line)?.[0]} };`;
    expect((await nextIs({ 'proxy.ts': fixed, 'next.config.ts': CONFIG }))[1]).toMatch(/^ok: proxy\.ts .*\/api\/social\/tiktok\/publish/);
  });

  it('accepts a proxy whose matcher excludes the API', async () => {
    const proxy = matcher("['/((?!api|_next).*)', '/dashboard/:path*']");
    expect((await nextIs({ 'proxy.ts': proxy, 'next.config.ts': CONFIG }))[1]).toMatch(/^ok: proxy\.ts /);
  });

  it('reads Next.js environment files in order of precedence', async () => {
    await write({ ...APP_FILES, 'next.config.mjs': CONFIG, '.env': 'TIKTOK_CLIENT_KEY=bad key\nTIKTOK_CLIENT_SECRET=short', '.env.local': `TIKTOK_CLIENT_KEY="${APP.clientKey}"` });
    const env = { ...good(), TIKTOK_CLIENT_KEY: undefined } as Env;
    expect(await found('environment', env)).toEqual([expect.stringMatching(/^ok: .*\.env\.local.*\.env\b/)]);
    expect((await found('client key', env))[0]).toMatch(/^ok: .*production/);
    expect((await found('client secret', env))[0]).toMatch(/^ok: /);
  });
});
