// Kills a process with SIGKILL in the middle of an upload of 500 MB, goes on in another with `toklink resume`, which is told
// the store alone, and counts at the far end what was sent again. `node scripts/resume.mjs [BYTES]`.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { clientOptions, connect } from './lib/account.mjs';
import { writeSparseMp4 } from './lib/mp4.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';

const USUAL_BYTES = 500_000_000;
/** The chunks of files over 64 MB (docs/tiktok-api.md 5.7). */
const CHUNK_BYTES = 10_485_760;
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const SELF = fileURLToPath(import.meta.url);

/** A posting process: prints its progress, one JSON document a line. */
async function posting(baseUrl, folder) {
  const { Client } = await import('toklink');
  const options = clientOptions(baseUrl, process.env.TOKLINK_PROOF_KEY);
  const client = new Client({ ...options, store: { sqlite: join(folder, 'toklink.db') } });
  const { account } = await connect(client);
  const input = { file: join(folder, 'large.mp4'), privacyLevel: 'SELF_ONLY' };
  const onProgress = ({ bytesSent }) => console.log(JSON.stringify({ bytesSent }));
  await client.publishVideo(account, input, { onProgress });
  await client.close();
}

/** Runs a posting process, which is killed after so many bytes; answers how it ended. */
async function postAndDie(emulator, folder, key, kill) {
  const env = { ...process.env, TOKLINK_PROOF_KEY: key };
  const child = spawn(process.execPath, [SELF, '--posting', emulator.baseUrl, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).bytesSent >= kill) child.kill('SIGKILL');
  }
  return ended;
}

/** Goes on in another process; answers the outcome. It waits for the claim of the one that was killed, up to a minute. */
async function resume(emulator, folder, key) {
  const options = clientOptions(emulator.baseUrl, key);
  const env = {
    ...process.env,
    TIKTOK_CLIENT_KEY: options.clientKey,
    TIKTOK_CLIENT_SECRET: options.clientSecret,
    TOKEN_ENCRYPTION_KEY: key,
    TIKTOK_API_BASE_URL: emulator.baseUrl,
    TIKTOK_AUTH_BASE_URL: emulator.baseUrl,
  };
  const words = [CLI, 'resume', '--json', '--store', join(folder, 'toklink.db')];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'], env });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let out = '';
  for await (const piece of child.stdout) out += piece;
  if ((await ended) !== 0) throw new StepFailed(`toklink resume said: ${out.trim()}`);
  return JSON.parse(out);
}

async function main(bytes) {
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-resume-'));
  const key = randomBytes(32).toString('hex');
  try {
    const sha256 = await writeSparseMp4(join(folder, 'large.mp4'), bytes);
    const end = await postAndDie(emulator, folder, key, bytes / 2);
    if (end !== 'SIGKILL') throw new StepFailed(`The first process ended with ${end} before it was killed.`);
    const [before] = (await emulator.state()).posts;
    const { length: earlier } = (await emulator.requests()).requests;
    const outcome = await resume(emulator, folder, key);
    const { posts } = await emulator.state();
    const post = posts[0];
    if (posts.length !== 1 || post.publish_id !== outcome.publishId || post.sha256 !== sha256) {
      throw new StepFailed(`At the far end are ${posts.length} posts, and not one of the very bytes.`);
    }
    // A chunk that broke off is not recorded, so what the second process begins with tells more than a sum.
    const later = (await emulator.requests()).requests.slice(earlier).filter(({ endpoint }) => endpoint === 'upload');
    const from = Number(/^bytes (\d+)-/.exec(later[0]?.content_range ?? '')?.[1]);
    const sent = later.reduce((sum, request) => sum + request.body_bytes, 0);
    // Chunks go one after the other: of the one that the kill broke off, less than all had arrived.
    const again = before.bytes_received - from + CHUNK_BYTES;
    const mb = (count) => `${(count / 1e6).toFixed(1)} MB`;
    const what = `killed with ${mb(before.bytes_received)} whole chunks at the far end, gone on from ${mb(from)}`;
    console.log(`${mb(bytes)}, ${what}: one post, the very bytes, at most ${mb(again)} sent again`);
    if (!(again <= CHUNK_BYTES) || sent !== bytes - from) throw new StepFailed('More than one chunk was sent again.');
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
