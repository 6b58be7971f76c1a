// Posts 200 MB through the addon in a process of its own, and compares its peak memory with what it held when idle.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMp4 } from './lib/mp4.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';

const VIDEO_BYTES = 200_000_000;
const ALLOWED_MIB = 40;
const SELF = fileURLToPath(import.meta.url);

async function statusKiB(field) {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]);
}

/** The measured process: connects, idles, posts, and prints what the kernel counted. */
async function measured(baseUrl, file) {
  const { Client } = await import('toklink');
  const client = new Client({
    clientKey: 'awtoklinkemu0001',
    clientSecret: 'toklinkemulatorclientsecret00001',
    encryptionKey: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    callbackUrl: 'http://127.0.0.1:8700/callback',
    apiBaseUrl: baseUrl,
    authBaseUrl: baseUrl,
  });
  const start = await client.beginLogin({ userId: 'memory' });
  const scopes = new URL(start.authorizeUrl).searchParams.get('scope').split(',');
  const form = new URLSearchParams([['username', 'ana.makes'], ['decision', 'allow'], ...scopes.map((s) => ['scope', s])]);
  const back = await fetch(start.authorizeUrl, { method: 'POST', body: form, redirect: 'manual' });
  const { account } = await client.completeLogin({
    callback: back.headers.get('location'),
    cookies: { [start.cookie.name]: start.cookie.value },
    userId: 'memory',
  });
  await client.creatorInfo(account.accountId);
  const idle = await statusKiB('VmRSS');
  await client.publishVideo(account.accountId, { file, privacyLevel: 'SELF_ONLY' }, { wait: false });
  console.log(JSON.stringify({ idle, peak: await statusKiB('VmHWM') }));
  await client.close();
}

async function main() {
  if (process.platform !== 'linux') throw new StepFailed('The memory of a process is read from /proc: run this on Linux.');
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-memory-'));
  try {
    const file = join(folder, 'large.mp4');
    const video = await writeMp4(file, { bytes: VIDEO_BYTES });
    const child = spawn(process.execPath, [SELF, emulator.baseUrl, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (piece) => (output += piece));
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new StepFailed('The measured process failed; see above.');
    const { idle, peak } = JSON.parse(output);
    const [arrived] = (await emulator.state()).posts;
    if (arrived?.sha256 !== video.sha256) throw new StepFailed('The bytes did not arrive as they were sent.');
    const above = (peak - idle) / 1024;
    const mib = (kib) => `${(kib / 1024).toFixed(1)} MiB`;
    console.log(`${VIDEO_BYTES / 1e6} MB posted: idle ${mib(idle)}, peak ${mib(peak)}, ${above.toFixed(1)} MiB above idle`);
    if (above > ALLOWED_MIB) throw new StepFailed(`More than ${ALLOWED_MIB} MiB above idle.`);
  } finally {
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const [baseUrl, file] = process.argv.slice(2);
(baseUrl === undefined ? main() : measured(baseUrl, file)).catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
