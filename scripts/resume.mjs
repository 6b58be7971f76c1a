// Kills a process with SIGKILL during a 500 MB upload, resumes the upload in another process that has only the store,
// and counts the bytes that were sent twice. Usage: `node scripts/resume.mjs [BYTES] [--postgres]`. On SQLite the other
// process is `toklink resume`; on PostgreSQL both are hosts with Prisma, as in the dashboard.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clientOptions, connect } from './lib/account.mjs';
import { bundlePrisma, openPrisma } from './lib/dashboard-prisma.mjs';
import { writeSparseMp4 } from './lib/mp4.mjs';
import { DASHBOARD } from './lib/paths.mjs';
import { startPostgres } from './lib/postgres.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';

const USUAL_BYTES = 500_000_000;
/** Chunk size for files over 64 MB, bytes (docs/tiktok-api.md 5.7). */
const CHUNK_BYTES = 10_485_760;
/** Interval at which the resuming process polls the lease, milliseconds. */
const LOOK_AGAIN_MS = 2000;
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const SELF = fileURLToPath(import.meta.url);

const onDatabase = (storeAt) => storeAt.startsWith('postgresql:');

/** Returns the user who connects the account; with the dashboard's tables, an existing user. */
const who = (storeAt) => (onDatabase(storeAt) ? { tenant: 'ws_acme', userId: 'user_olivia' } : {});

/** Opens a process's store: a folder for SQLite, or a PostgreSQL URL. */
async function openStore(storeAt) {
  if (!onDatabase(storeAt)) return { sqlite: join(storeAt, 'toklink.db') };
  const { prismaAccountStore, prismaJournal } = await import('toklink/prisma');
  const prisma = await openPrisma(storeAt, 2);
  // Runs a first query in advance, as a running server would have done: the first query can exceed a store's time limit.
  await prisma.socialAccount.count();
  return { accounts: prismaAccountStore(prisma), journal: prismaJournal(prisma), leases: 'memory', metrics: 'memory', usage: 'memory' };
}

async function openClient(baseUrl, storeAt) {
  const { Client } = await import('toklink');
  return new Client({ ...clientOptions(baseUrl, process.env.TOKLINK_PROOF_KEY), store: await openStore(storeAt) });
}

/** Runs a publishing process, which prints its progress as one JSON document per line. */
async function posting(baseUrl, storeAt, file) {
  const client = await openClient(baseUrl, storeAt);
  const { account } = await connect(client, who(storeAt));
  const onProgress = ({ bytesSent }) => console.log(JSON.stringify({ bytesSent }));
  await client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }, { onProgress });
}

/** Runs a process that resumes the unfinished publish and prints its outcome. */
async function resuming(baseUrl, storeAt) {
  const client = await openClient(baseUrl, storeAt);
  const [account] = await client.accounts(who(storeAt).tenant);
  const [unfinished] = await client.unfinishedPublishes(account);
  for (;;) {
    try {
      console.log(JSON.stringify(await client.resumePublish(account, unfinished.idempotencyKey)));
      break;
    } catch (error) {
      // The killed process's lease expires within a minute.
      if (error.code !== 'CONFLICT' || error.retryAfterMs === null) throw error;
      await pause(LOOK_AGAIN_MS);
    }
  }
  // Exits explicitly, because the connection pool would keep the process alive.
  process.exit(0);
}

/** Runs a publishing process and kills it after a number of bytes. Returns its exit code or signal. */
async function postAndDie(emulator, storeAt, file, key, kill) {
  const child = spawn(process.execPath, [SELF, '--posting', emulator.baseUrl, storeAt, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TOKLINK_PROOF_KEY: key },
  });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).bytesSent >= kill) child.kill('SIGKILL');
  }
  return ended;
}

/** Resumes in another process and returns the outcome. Waits up to a minute for the killed process's lease. */
async function resume(emulator, storeAt, key) {
  const options = clientOptions(emulator.baseUrl, key);
  const env = {
    ...process.env,
    TOKLINK_PROOF_KEY: key,
    TIKTOK_CLIENT_KEY: options.clientKey,
    TIKTOK_CLIENT_SECRET: options.clientSecret,
    TOKEN_ENCRYPTION_KEY: key,
    TIKTOK_API_BASE_URL: emulator.baseUrl,
    TIKTOK_AUTH_BASE_URL: emulator.baseUrl,
  };
  const words = onDatabase(storeAt)
    ? [SELF, '--resuming', emulator.baseUrl, storeAt]
    : [CLI, 'resume', '--json', '--store', join(storeAt, 'toklink.db')];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  child.stderr.on('data', (piece) => (said += piece));
  let out = '';
  for await (const piece of child.stdout) out += piece;
  if ((await ended) !== 0) throw new StepFailed(`The resuming process printed: ${out.trim() || said.trim()}`);
  return JSON.parse(out);
}

/** Runs `match` with a separate PostgreSQL that has the dashboard's tables. */
async function onPostgres(match) {
  await bundlePrisma();
  const { migrate } = await import(`${DASHBOARD}/scripts/migrations.mjs`);
  const server = await startPostgres();
  try {
    await migrate(server.url);
    await match(server.url);
  } finally {
    await server.stop();
  }
}

async function proof(bytes, folder, storeAt) {
  const emulator = await startEmulator();
  const key = randomBytes(32).toString('hex');
  const file = join(folder, 'large.mp4');
  try {
    const sha256 = await writeSparseMp4(file, bytes);
    const end = await postAndDie(emulator, storeAt, file, key, bytes / 2);
    if (end !== 'SIGKILL') throw new StepFailed(`The first process exited with ${end} before it was killed.`);
    const [before] = (await emulator.state()).posts;
    const { length: earlier } = (await emulator.requests()).requests;
    const outcome = await resume(emulator, storeAt, key);
    const { posts } = await emulator.state();
    const post = posts[0];
    if (posts.length !== 1 || post.publish_id !== outcome.publishId || post.sha256 !== sha256) {
      throw new StepFailed(`TikTok must have one post with exactly the sent bytes; it has ${posts.length} posts.`);
    }
    // The journal does not contain an interrupted chunk, so the resume offset is more precise than a sum of chunks.
    const later = (await emulator.requests()).requests.slice(earlier).filter(({ endpoint }) => endpoint === 'upload');
    const from = Number(/^bytes (\d+)-/.exec(later[0]?.content_range ?? '')?.[1]);
    const sent = later.reduce((sum, request) => sum + request.body_bytes, 0);
    // Chunks are sent one at a time, so the kill interrupted at most one chunk.
    const again = before.bytes_received - from + CHUNK_BYTES;
    const mb = (count) => `${(count / 1e6).toFixed(1)} MB`;
    const what = `killed with ${mb(before.bytes_received)} complete chunks at TikTok, resumed at ${mb(from)}`;
    console.log(`${mb(bytes)}, ${what}: one post with the same bytes, at most ${mb(again)} sent again`);
    if (!(again <= CHUNK_BYTES) || sent !== bytes - from) throw new StepFailed('More than one chunk was sent again.');
  } finally {
    await emulator.stop();
  }
}

async function main(bytes, postgres) {
  const folder = await mkdtemp(join(tmpdir(), 'toklink-resume-'));
  try {
    if (postgres) await onPostgres((url) => proof(bytes, folder, url));
    else await proof(bytes, folder, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number);
const work = {
  '--posting': () => posting(words[1], words[2], words[3]),
  '--resuming': () => resuming(words[1], words[2]),
}[words[0]];
(work?.() ?? main(numbers[0] ?? USUAL_BYTES, words.includes('--postgres'))).catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
