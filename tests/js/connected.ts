import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { Client } from '../../js/index.js';
import type { Account, ClientOptions } from '../../js/index.js';
import { APP, Emulator, KEY } from './emulator.js';
import type { Fault } from './emulator.js';

export const CALLBACK = 'http://127.0.0.1:8700/callback';

/** Returns the options of a client of this emulator. */
export function options(emulator: Emulator): ClientOptions {
  return {
    ...APP,
    encryptionKey: KEY,
    callbackUrl: CALLBACK,
    apiBaseUrl: emulator.baseUrl,
    authBaseUrl: emulator.baseUrl,
    store: 'memory',
  };
}

/** Connects `username` as a browser does. */
export async function connect(
  client: Client,
  emulator: Emulator,
  { username = 'ana.makes', tenant = '', userId = 'olivia', without = [] as string[] } = {},
): Promise<Account> {
  const login = await client.beginLogin({ userId, tenant });
  const callback = await emulator.consent(login.authorizeUrl, { username, without });
  const cookies = { [login.cookie.name]: login.cookie.value };
  return (await client.completeLogin({ callback, cookies, userId })).account;
}

/**
 * Starts one emulator for a test file, resets it before each test, and creates a folder for files. The emulator processes posts
 * at once or, with `delays`, as slowly as TikTok.
 */
export function withEmulator({ delays = false } = {}): { emulator: () => Emulator; folder: () => string } {
  let emulator: Emulator;
  let folder: string;
  beforeAll(async () => {
    emulator = await Emulator.start();
    folder = await mkdtemp(join(tmpdir(), 'toklink-'));
  });
  beforeEach(async () => {
    await emulator.post('reset');
    // A negative delay, so that each post is processed before its status is first requested.
    if (!delays) await emulator.post('settings', { processing_delay_ms: -10_000 });
  });
  afterAll(async () => {
    await emulator?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  return { emulator: () => emulator, folder: () => folder };
}

/** Returns a fault that makes TikTok report a failed post with this reason. */
export function refusal(reason: string): Fault {
  const body = JSON.stringify({
    data: { status: 'FAILED', fail_reason: reason, uploaded_bytes: 1_000_000 },
    error: { code: 'ok', message: '', log_id: '202611220102030A1B2C3D4E5F60718293' },
  });
  return { endpoint: 'status', status: 200, body, content_type: 'application/json', times: 0 };
}

interface Written {
  bytes: number;
  sha256: string;
  durationMs: number;
}

/** Writes a real MP4 of exactly this size. */
export async function writeVideo(path: string, bytes: number): Promise<Written> {
  const { writeMp4 } = (await import('../../scripts/lib/mp4.mjs' as string)) as {
    writeMp4: (path: string, shape: { bytes: number }) => Promise<Written>;
  };
  return writeMp4(path, { bytes });
}

/** Serves a file of `bytes` bytes until the test ends. Resolves to the URL. */
export async function servedAt(path: string, bytes: number): Promise<string> {
  const host = createServer((_request, response) => {
    response.setHeader('content-length', bytes);
    createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void host.close());
  return `http://127.0.0.1:${(host.address() as AddressInfo).port}/video.mp4`;
}
