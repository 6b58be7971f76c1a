// Kills a process with SIGKILL in the middle of an upload of 500 MB, goes on in another with the same idempotency key, and
// counts at the far end what was sent again. `node scripts/resume.mjs [BYTES]`.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clientOptions, connect } from './lib/account.mjs';
import { writeSparseMp4 } from './lib/mp4.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';

const USUAL_BYTES = 500_000_000;
/** The chunks of files over 64 MB (docs/tiktok-api.md 5.7). */
const CHUNK_BYTES = 10_485_760;
const SELF = fileURLToPath(import.meta.url);

/** A posting process: prints its progress, one JSON document a line, and at last the outcome. */
async function posting(baseUrl, folder) {
  const { Client } = await import('toklink');
  const options = clientOptions(baseUrl, process.env.TOKLINK_PROOF_KEY);
  const client = new Client({ ...options, store: { sqlite: join(folder, 'toklink.db') } });
  const [account = (await connect(client)).account] = await client.accounts();
  const input = { file: join(folder, 'large.mp4'), privacyLevel: 'SELF_ONLY' };
  const onProgress = ({ bytesSent }) => console.log(JSON.stringify({ bytesSent }));
  for (;;) {
    try {
      const outcome = await client.publishVideo(account, input, { idempotencyKey: 'proof', onProgress });
      console.log(JSON.stringify({ outcome }));
      break;
    } catch (error) {
      // The claim of the process that was killed ends by itself within a minute.
      if (error.code !== 'CONFLICT' || error.retryAfterMs === null) throw error;
      await pause(2000);
    }
  }
  await client.close();
}

/** Runs a posting process; `kill` says after how many bytes it is killed. Answers the outcome, if it got that far. */
async function run(emulator, folder, key, kill = Infinity) {
  const env = { ...process.env, TOKLINK_PROOF_KEY: key };
  const child = spawn(process.execPath, [SELF, '--posting', emulator.baseUrl, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  let outcome = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const { bytesSent, outcome: last } = JSON.parse(line);
    outcome ??= last ?? null;
    if (bytesSent >= kill) child.kill('SIGKILL');
  }
  return { end: await ended, outcome };
}

async function main(bytes) {
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-resume-'));
  const key = randomBytes(32).toString('hex');
  try {
    const sha256 = await writeSparseMp4(join(folder, 'large.mp4'), bytes);
    const killed = await run(emulator, folder, key, bytes / 2);
    if (killed.end !== 'SIGKILL') throw new StepFailed(`The first process ended with ${killed.end} before it was killed.`);
    const [before] = (await emulator.state()).posts;
    const { end, outcome } = await run(emulator, folder, key);
    if (end !== 0) throw new StepFailed(`The second process ended with ${end}; see above.`);
    const { posts } = await emulator.state();
    const post = posts[0];
    if (posts.length !== 1 || post.publish_id !== outcome.publishId || post.sha256 !== sha256) {
      throw new StepFailed(`At the far end are ${posts.length} posts, and not one of the very bytes.`);
    }
    const { requests } = await emulator.requests();
    const sent = requests
      .filter(({ endpoint }) => endpoint === 'upload')
      .reduce((sum, request) => sum + request.body_bytes, 0);
    const again = Math.max(0, sent - bytes);
    const mb = (count) => `${(count / 1e6).toFixed(1)} MB`;
    console.log(`${mb(bytes)}, killed with ${mb(before.bytes_received)} at the far end: one post, the very bytes, ${mb(again)} sent again`);
    if (again > CHUNK_BYTES) throw new StepFailed('More than one chunk was sent again.');
  } finally {
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
(words[0] === '--posting' ? posting(words[1], words[2]) : main(Number(words[0] ?? USUAL_BYTES))).catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
