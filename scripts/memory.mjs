// Publishes a large video through the addon in a separate process, and compares the peak memory of that process with
// its idle memory. Usage: `node scripts/memory.mjs [--stream | --relay] [BYTES...]`; 200 MB by default.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientOptions, connect } from './lib/account.mjs';
import { writeSparseMp4 } from './lib/mp4.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';

const USUAL_BYTES = 200_000_000;
const ALLOWED_MIB = { file: 8, stream: 16, relay: 16 };
const SELF = fileURLToPath(import.meta.url);

async function statusKiB(field) {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]);
}

/**
 * Returns the memory of a Node process that has read and discarded a stream of the same size. Node frees up to 40 MiB of chunks
 * late, so only the memory above this value counts as toklink's.
 */
async function readingAlone(file) {
  for await (const _ of createReadStream(file));
  return statusKiB('VmHWM');
}

/** Returns the publish input for this kind of source. */
async function inputOf(kind, media) {
  if (kind === 'file') return { file: media };
  if (kind === 'relay') return { url: media, relay: 'always' };
  return { source: { stream: createReadStream(media), size: (await stat(media)).size } };
}

/** The process that is measured: connects, idles, publishes, then prints the kernel's memory statistics. */
async function measured(baseUrl, media, kind) {
  const { Client } = await import('toklink');
  const client = new Client({ ...clientOptions(baseUrl, randomBytes(32).toString('hex')), relayFromLoopback: true });
  const { account } = await connect(client);
  await client.creatorInfo(account.accountId);
  const idle = kind === 'stream' ? await readingAlone(media) : await statusKiB('VmRSS');
  const input = await inputOf(kind, media);
  await client.publishVideo(account.accountId, { ...input, privacyLevel: 'SELF_ONLY' }, { wait: false });
  console.log(JSON.stringify({ idle, peak: await statusKiB('VmHWM') }));
  await client.close();
}

/** Serves the file from this process and returns the server. */
async function serve(file, bytes) {
  const host = createServer((_request, response) => {
    response.setHeader('content-length', bytes);
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
  return host;
}

async function measure(emulator, file, bytes, kind) {
  const sha256 = await writeSparseMp4(file, bytes);
  const host = kind === 'relay' ? await serve(file, bytes) : undefined;
  const media = host === undefined ? file : `http://127.0.0.1:${host.address().port}/large.mp4`;
  const child = spawn(process.execPath, [SELF, '--measured', emulator.baseUrl, media, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (piece) => (output += piece));
  const code = await new Promise((resolve) => child.once('close', resolve));
  host?.close();
  if (code !== 0) throw new StepFailed('The measured process failed; see above.');
  const { idle, peak } = JSON.parse(output);
  const arrived = (await emulator.state()).posts.find((post) => post.sha256 === sha256);
  if (arrived?.bytes_received !== bytes) throw new StepFailed('The number of received bytes differs from the number of sent bytes.');
  const above = (peak - idle) / 1024;
  const mib = (kib) => `${(kib / 1024).toFixed(1)} MiB`;
  console.log(`${bytes / 1e6} MB posted from a ${kind}: ${kind === 'stream' ? 'discarded' : 'idle'} ${mib(idle)}, peak ${mib(peak)}, ${above.toFixed(1)} MiB above`);
  if (above > ALLOWED_MIB[kind]) throw new StepFailed(`More than ${ALLOWED_MIB[kind]} MiB above idle.`);
}

async function main(sizes, kind) {
  if (process.platform !== 'linux') throw new StepFailed('This script reads /proc; run it on Linux.');
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-memory-'));
  try {
    for (const bytes of sizes) await measure(emulator, join(folder, 'large.mp4'), bytes, kind);
  } finally {
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
const kind = { '--stream': 'stream', '--relay': 'relay' }[words[0]] ?? 'file';
const numbers = words.filter((word) => !word.startsWith('--')).map(Number);
const sizes = numbers.length > 0 ? numbers : [USUAL_BYTES];
(words[0] === '--measured' ? measured(words[1], words[2], words[3]) : main(sizes, kind)).catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
