import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AccountStore } from '../../js/index.js';
import { storeConformance } from '../../js/testing/index.js';
import { APP } from './emulator.js';
import { withEmulator, writeVideo } from './connected.js';

/** The folder of the examples. They run as programs and import the built package. */
const EXAMPLES = fileURLToPath(new URL('../../examples/node/', import.meta.url));
const { emulator, folder } = withEmulator();

/** A running example. `line` resolves to the next line of output that matches. */
class Program {
  readonly child: ChildProcess;
  readonly output: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(name: string, args: string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [join(EXAMPLES, name), ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...emulator().env(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) throw new Error('the program has no pipes');
      createInterface({ input: stream }).on('line', (line) => {
        this.output.push(line);
        for (const wake of this.#waiting.splice(0)) wake();
      });
    }
    this.child.once('close', () => this.#waiting.splice(0).forEach((wake) => wake()));
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.output.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`the program exited without ${pattern}: ${this.output.join('\n')}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves to the exit code and the whole output. */
  async end(): Promise<{ code: number | null; output: string }> {
    if (this.child.exitCode === null) await once(this.child, 'close');
    return { code: this.child.exitCode, output: this.output.join('\n') };
  }
}

/** Logs in with login.mjs. Also sends an unrelated request to the callback page, and returns its status. */
async function logIn(store: string, without: string[] = []): Promise<{ output: string; code: number | null; unrelated: number }> {
  const login = new Program('login.mjs', [store]);
  const consentPage = await login.line(/^https?:/);
  const callback = await emulator().consent(consentPage, { without });
  const unrelated = await fetch(new URL('/callback?code=stolen&state=other', callback));
  expect((await fetch(callback)).status).toBe(200);
  return { ...(await login.end()), unrelated: unrelated.status };
}

describe('examples/node', () => {
  it('each example has at most 80 lines and a link in the README', async () => {
    const names = (await readdir(EXAMPLES)).sort();
    expect(names).toEqual(['custom-store.mjs', 'login.mjs', 'metrics.mjs', 'upload.mjs', 'webhook-server.mjs']);
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    for (const name of names) {
      const lines = (await readFile(join(EXAMPLES, name), 'utf8')).trimEnd().split('\n').length;
      expect(lines, name).toBeLessThanOrEqual(80);
      expect(readme).toContain(`examples/node/${name}`);
    }
  });

  it('login.mjs ignores unrelated requests, lists denied scopes', async () => {
    const login = await logIn(join(folder(), 'login.db'), ['video.list']);
    expect(login).toMatchObject({ code: 0, unrelated: 400 });
    expect(login.output).toMatch(/^connected: /m);
    expect(login.output).toMatch(/^not granted: video\.list$/m);
  });

  it('login.mjs fails without keys', async () => {
    const login = new Program('login.mjs', [join(folder(), 'none.db')], { TIKTOK_CLIENT_KEY: '' });
    const { code, output } = await login.end();
    expect(code).toBe(1);
    expect(output).toContain('TIKTOK_CLIENT_KEY');
  });

  it('upload.mjs shows progress, stops on Ctrl-C and resumes', async () => {
    const store = join(folder(), 'upload.db');
    const video = join(folder(), 'clip.mp4');
    await logIn(store);
    const { sha256 } = await writeVideo(video, 70_000_000);
    await emulator().faults({ endpoint: 'upload', nth: 3, delay_ms: 600_000, times: 0 });
    const first = new Program('upload.mjs', [video, store]);
    await first.line(/^sending: [2-9]\d %/);
    first.child.kill('SIGINT');
    expect(await first.end()).toMatchObject({ code: 130 });
    await emulator().faults();
    const { code, output } = await new Program('upload.mjs', [video, store]).end();
    expect(code, output).toBe(0);
    expect(output).toMatch(/^posted: v_pub_file~\S+ \(PUBLISH_COMPLETE\)$/m);
    const accepted = (await emulator().requests()).filter(({ endpoint, status }) => endpoint === 'upload' && Number(status) < 300);
    expect(accepted.filter((request) => String(request['content_range']).startsWith('bytes 0-'))).toHaveLength(1);
    expect(await emulator().posts()).toMatchObject([{ sha256 }]);
  });

  it('upload.mjs requires a file and a connected account', async () => {
    expect(await new Program('upload.mjs', []).end()).toMatchObject({ code: 2 });
    const noAccount = await new Program('upload.mjs', ['clip.mp4', join(folder(), 'empty.db')]).end();
    expect(noAccount).toMatchObject({ code: 1 });
    expect(noAccount.output).toContain('login.mjs');
  });

  it('metrics.mjs prints metrics, growth and videos', async () => {
    const store = join(folder(), 'metrics.db');
    await logIn(store);
    const { code, output } = await new Program('metrics.mjs', [store]).end();
    expect(code, output).toBe(0);
    expect(output).toMatch(/: \d+ followers, 45 videos, \d+ likes$/m);
    expect(output).toMatch(/days with metrics: 1, growth in 7 days: unknown$/m);
    expect(output.match(/^ {2}\d+ views: /gm)).toHaveLength(3);
  });

  it('webhook-server.mjs applies only webhooks from TikTok', async () => {
    const store = join(folder(), 'webhooks.db');
    await logIn(store);
    const server = new Program('webhook-server.mjs', [store], { PORT: '0' });
    const url = (await server.line(/^listening on /)).replace('listening on ', '');
    const send = (init: RequestInit) => fetch(url, { method: 'POST', ...init }).then(({ status }) => status);
    expect(await fetch(url).then(({ status }) => status)).toBe(405);
    expect(await send({ body: '{}', headers: { 'tiktok-signature': 't=1,s=00' } })).toBe(401);
    expect(await send({ body: 'x'.repeat(70_000) })).toBe(413);
    await emulator().post('webhook', { client_key: APP.clientKey, url });
    const video = join(folder(), 'webhook.mp4');
    await writeVideo(video, 1_000_000);
    expect(await new Program('upload.mjs', [video, store]).end()).toMatchObject({ code: 0 });
    await server.line(/^post\.publish\.complete: (applied|already_known)$/);
    server.child.kill('SIGTERM');
    expect(await server.end()).toMatchObject({ code: 0 });
  });

  it('custom-store.mjs lists the accounts of its file', async () => {
    const file = join(folder(), 'accounts.json');
    await writeFile(file, '{}');
    expect(await new Program('custom-store.mjs', [file]).end()).toEqual({ code: 0, output: '' });
  });
});

describe('the custom store of examples/node', async () => {
  const { JsonFileAccounts } = (await import('../../examples/node/custom-store.mjs' as string)) as { JsonFileAccounts: new (file: string) => AccountStore };
  const memory = { journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' } as const;
  let made = 0;
  for (const { name, run } of storeConformance(() => ({ store: { accounts: new JsonFileAccounts(join(folder(), `store-${made++}.json`)), ...memory } }))) it(name, run);
});
