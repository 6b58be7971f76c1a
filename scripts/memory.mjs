// Posts a large video through the addon in a process of its own, and compares its peak memory with what it held when
// idle. `node scripts/memory.mjs [BYTES...]`; 200 MB when nothing is said.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientOptions, connect } from './lib/account.mjs';
import { writeSparseMp4 } from './lib/mp4.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';

const USUAL_BYTES = 200_000_000;
const ALLOWED_MIB = 8;
const SELF = fileURLToPath(import.meta.url);

async function statusKiB(field) {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]);
}

/** The measured process: connects, idles, posts, and prints what the kernel counted. */
async function measured(baseUrl, file) {
  const { Client } = await import('toklink');
  const client = new Client(clientOptions(baseUrl, randomBytes(32).toString('hex')));
  const { account } = await connect(client);
  await client.creatorInfo(account.accountId);
  const idle = await statusKiB('VmRSS');
  await client.publishVideo(account.accountId, { file, privacyLevel: 'SELF_ONLY' }, { wait: false });
  console.log(JSON.stringify({ idle, peak: await statusKiB('VmHWM') }));
  await client.close();
}

async function measure(emulator, file, bytes) {
  const sha256 = await writeSparseMp4(file, bytes);
  const child = spawn(process.execPath, [SELF, '--measured', emulator.baseUrl, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (piece) => (output += piece));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new StepFailed('The measured process failed; see above.');
  const { idle, peak } = JSON.parse(output);
  const arrived = (await emulator.state()).posts.find((post) => post.sha256 === sha256);
  if (arrived?.bytes_received !== bytes) throw new StepFailed('The bytes did not arrive as they were sent.');
  const above = (peak - idle) / 1024;
  const mib = (kib) => `${(kib / 1024).toFixed(1)} MiB`;
  console.log(`${bytes / 1e6} MB posted: idle ${mib(idle)}, peak ${mib(peak)}, ${above.toFixed(1)} MiB above idle`);
  if (above > ALLOWED_MIB) throw new StepFailed(`More than ${ALLOWED_MIB} MiB above idle.`);
}

async function main(sizes) {
  if (process.platform !== 'linux') throw new StepFailed('The memory of a process is read from /proc: run this on Linux.');
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-memory-'));
  try {
    for (const bytes of sizes) await measure(emulator, join(folder, 'large.mp4'), bytes);
  } finally {
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
const sizes = words.length > 0 ? words.map(Number) : [USUAL_BYTES];
(words[0] === '--measured' ? measured(words[1], words[2]) : main(sizes)).catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
