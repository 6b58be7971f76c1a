import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A seeded app that TikTok has audited. */
export const APP = {
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
};

/** A fault rule; see docs/EMULATOR.md. */
export interface Fault {
  endpoint: string;
  nth?: number;
  times?: number;
  status?: number;
  code?: string;
  body?: string;
  content_type?: string;
  delay_ms?: number;
  reset?: boolean;
  after?: boolean;
}

export interface PostState {
  publish_id: string;
  username: string;
  status: string;
  [field: string]: unknown;
}

/** An emulator on a free port of this machine. */
export class Emulator {
  private constructor(
    private readonly child: ChildProcess,
    readonly baseUrl: string,
  ) {}

  static async start(...args: string[]): Promise<Emulator> {
    const child = spawn(binary(), ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const first = await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the emulator ended with ${code} before it listened`)));
    });
    const url = /^listening (http:\/\/127\.0\.0\.1:\d+)$/.exec(first)?.[1];
    if (url === undefined) throw new Error(`the emulator's first line is not its address: ${first}`);
    return new Emulator(child, url);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }

  async get<T>(name: string): Promise<T> {
    const response = await fetch(`${this.baseUrl}/_emulator/${name}`);
    if (!response.ok) throw new Error(`GET ${name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(name: string, body: unknown = {}): Promise<T> {
    const response = await fetch(`${this.baseUrl}/_emulator/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Advances the emulator's clock. */
  advance(ms: number): Promise<unknown> {
    return this.post('clock', { advance_ms: ms });
  }

  /** Replaces the fault rules. */
  faults(...rules: Fault[]): Promise<unknown> {
    return this.post('faults', rules);
  }

  async posts(): Promise<PostState[]> {
    return (await this.get<{ posts: PostState[] }>('state')).posts;
  }

  async requests(): Promise<Record<string, unknown>[]> {
    return (await this.get<{ requests: Record<string, unknown>[] }>('requests')).requests;
  }

  /** Submits the consent page. Resolves to the URL of the redirect. */
  async consent(
    authorizeUrl: string,
    { username = 'ana.makes', decision = 'allow', without = [] as string[] } = {},
  ): Promise<string> {
    const asked = new URL(authorizeUrl).searchParams.get('scope')?.split(',') ?? [];
    const form = new URLSearchParams({ username, decision });
    for (const scope of asked) if (!without.includes(scope)) form.append('scope', scope);
    const response = await fetch(authorizeUrl, { method: 'POST', body: form, redirect: 'manual' });
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the consent page did not redirect: ${response.status}`);
    return location;
  }

  /** Returns the environment of a host that uses this emulator. */
  env(): Record<string, string> {
    return {
      TIKTOK_CLIENT_KEY: APP.clientKey,
      TIKTOK_CLIENT_SECRET: APP.clientSecret,
      TOKEN_ENCRYPTION_KEY: KEY,
      TIKTOK_API_BASE_URL: this.baseUrl,
      TIKTOK_AUTH_BASE_URL: this.baseUrl,
    };
  }
}

/** The key that encrypts the tokens in the tests. */
export const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

/** Returns the path of the binary. Throws if the binary is not built, so that no test is skipped. */
function binary(): string {
  const named = process.env['TOKLINK_EMULATOR'];
  const built = ['release', 'debug'].map((profile) => `${ROOT}target/${profile}/toklink-emulator`);
  const found = (named ? [named] : built).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `There is no emulator at ${named ?? built.join(' or ')}: build it with cargo build -p toklink-emulator, or set TOKLINK_EMULATOR.`,
  );
}
