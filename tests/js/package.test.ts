import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import { VERSION } from '../../js/version.js';
import { connect, options, withEmulator } from './connected.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { emulator, folder } = withEmulator();
const run = promisify(execFile);

/** Evaluates a script in its own Node process, at the project's root. */
async function node(script: string, type: 'module' | 'commonjs'): Promise<string> {
  const { stdout } = await run(process.execPath, [`--input-type=${type}`, '-e', script], { cwd: ROOT });
  return stdout.trim();
}

describe('the package', () => {
  it('loads by import and by require', async () => {
    const shown = "console.log(typeof toklink.Client, typeof toklink.ToklinkError, toklink.ERROR_CODES.length)";
    expect(await node(`import * as toklink from 'toklink'; ${shown}`, 'module')).toBe('function function 14');
    expect(await node(`const toklink = require('toklink'); ${shown}`, 'commonjs')).toBe('function function 14');
  });

  it('has the same version in every file', async () => {
    const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(join(ROOT, path), 'utf8'));
    const [root, native] = await Promise.all([read('package.json'), read('bindings/node/package.json')]);
    expect(root).toMatchObject({ version: VERSION, dependencies: { 'toklink-native': VERSION } });
    expect(native).toMatchObject({ version: VERSION });
  });

  it('contains the pages that its README links to', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, shell: process.platform === 'win32' });
    const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = new Set(packed.files.map(({ path }) => path));
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
    const local = links.filter((target) => !target.includes('://'));
    expect(local.length).toBeGreaterThan(10);
    expect(local.filter((target) => !paths.has(target))).toEqual([]);
  });

  it('has only run-time dependencies with permissive licences', async () => {
    const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; optional?: boolean; peer?: boolean; link?: boolean }>;
    };
    const needed = Object.entries(lock.packages).filter(([path, { dev, peer, link }]) => path.startsWith('node_modules/') && !dev && !peer && !link);
    expect(needed.map(([path]) => path)).toContain('node_modules/busboy');
    for (const [path] of needed) {
      // Old packages have a list of licences.
      type Manifest = { license?: string; licenses?: { type: string }[] };
      const { license, licenses = [] } = JSON.parse(await readFile(join(ROOT, path, 'package.json'), 'utf8')) as Manifest;
      expect(license ?? licenses[0]?.type, path).toMatch(/^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0)$/);
    }
  });

  it('depends only on busboy and the native addon', async () => {
    const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
    expect(Object.keys(dependencies)).toEqual(['busboy', 'toklink-native']);
  });

  it('contains the licence of each bundled package', async () => {
    const [code, notices] = await Promise.all(['cli.js', 'cli.THIRD_PARTY.md'].map((name) => readFile(join(ROOT, 'dist', name), 'utf8')));
    const bundled = new Set([...code!.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name));
    expect(bundled).toContain('commander');
    const licensed = [...notices!.matchAll(/^## (\S+) \S+ \((.+)\)$/gm)];
    expect(new Set(licensed.map(([, name]) => name))).toEqual(bundled);
    for (const [line, , license] of licensed) expect(license, line).toMatch(/^(MIT|ISC|0BSD|BSD-[23]-Clause)$/);
    expect(notices!.match(/Permission is hereby granted/g)).toHaveLength(bundled.size);
  });

  it('contains no test hook that ends a process', async () => {
    const built = (await readdir(join(ROOT, 'bindings/node'))).filter((name) => name.endsWith('.node'));
    expect(built.length).toBeGreaterThan(0);
    for (const name of built) {
      const addon = await readFile(join(ROOT, 'bindings/node', name));
      expect(addon.includes('a refresh was interrupted at')).toBe(true);
      expect(addon.includes('TOKLINK_KILL_AT')).toBe(false);
    }
  });

  it('runs offline with npx --no-install', async () => {
    const home = await mkdtemp(join(folder(), 'home-'));
    const { PATH = '' } = process.env;
    const env = { PATH, HOME: home, npm_config_offline: 'true', npm_config_registry: 'http://127.0.0.1:1' };
    const { stdout } = await run('npx', ['--no-install', 'toklink', '--version'], { cwd: ROOT, env });
    expect(stdout.trim()).toBe('0.1.0');
  });

  it('has an executable command after a rebuild', async () => {
    // npx links a checkout only once, and makes the file executable only at that time.
    expect((await stat(join(ROOT, 'dist/cli.js'))).mode & 0o111).toBe(0o111);
  });

  it('does not keep the process alive', () => {
    const script = `import { Client } from 'toklink'; new Client(${JSON.stringify(options(emulator()))});`;
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, timeout: 30_000 });
    expect([ended.status, ended.signal, String(ended.stderr)]).toEqual([0, null, '']);
  });

  it('works in a worker thread and after the worker has ended', async () => {
    const script = `import { Client } from 'toklink'; import { parentPort, workerData } from 'node:worker_threads';
      const client = new Client(workerData);
      const url = client.authorizeUrl({ state: 's', codeChallenge: 'ab'.repeat(32) });
      await client.accounts(); await client.close(); parentPort.postMessage(url);`;
    expect(existsSync(join(ROOT, 'dist/index.js'))).toBe(true);
    const source = new URL(`data:text/javascript,${encodeURIComponent(script.replaceAll("'toklink'", `'${new URL('../../dist/index.js', import.meta.url).href}'`))}`);
    for (let round = 0; round < 2; round += 1) {
      const worker = new Worker(source, { workerData: options(emulator()) });
      const url = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      expect(url).toContain('client_key=');
      await worker.terminate();
    }
    await using client = new Client(options(emulator()));
    expect(await client.accounts()).toEqual([]);
  });
});

describe('the event loop', () => {
  it('no call blocks the event loop', async () => {
    const target = new URL(emulator().baseUrl);
    // This thread serves each request, so a native call that blocked the thread would never return.
    const front = createServer((incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      const onward = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    await using client = new Client({ ...options(emulator()), apiBaseUrl: address });
    const account = await connect(client, emulator());
    const [info, metrics, creator] = await Promise.all([
      client.userInfo(account),
      client.accountMetrics(account),
      client.creatorInfo(account),
    ]);
    expect([info.username, metrics.videosRead, creator.nickname]).toEqual(['ana.makes', 20, 'Ana']);
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  });
});
