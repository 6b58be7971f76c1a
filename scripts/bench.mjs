// npm run bench: compares the speed with other implementations in one run. Do not compare results from different
// machines.

import './lib/release-profile.mjs';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOptions } from './lib/account.mjs';
import { benchC } from './lib/c-bench.mjs';
import { writeMp4 } from './lib/mp4.mjs';
import { benchPlan, benchRoutes } from './lib/plan-bench.mjs';
import { benchQuota } from './lib/quota-bench.mjs';
import { run, StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { setUpToklink } from './lib/setup.mjs';
import { benchSweep } from './lib/sweep-bench.mjs';
import { benchUpload } from './lib/upload-bench.mjs';

const ROUNDS = 11;
const CALLS = 20_000;
const VIDEO_BYTES = 200_000_000;
const ACCOUNTS = 10_000;
const KEY = randomBytes(32);
const TOKEN = `act.${'x'.repeat(120)}`;
const PLACE = { tenant: 'workspace-1', accountId: '-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', field: 'access_token' };

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function round(call) {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) call();
  return ((performance.now() - began) * 1e6) / CALLS;
}

/**
 * Alternates rounds of toklink and of the other implementation, so that other load on the machine affects both equally.
 */
function against(what, ours, peer, theirs) {
  const rounds = Array.from({ length: ROUNDS }, () => [round(ours), round(theirs)]);
  const [our, their] = [median(rounds.map((r) => r[0])), median(rounds.map((r) => r[1]))];
  const ns = (value) => `${value.toFixed(0)} ns`.padStart(9);
  console.log(`${what.padEnd(34)}${ns(our)}   ${peer}${ns(their)}   ratio ${(our / their).toFixed(2)}`);
}

/** Encrypts in the same way as the dashboard's own code: AES-256-GCM, 16-byte IV, hex, not bound to an account. */
const byNode = {
  seal(text) {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-gcm', KEY, iv);
    const body = cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
    return `${iv.toString('hex')}:${cipher.getAuthTag().toString('hex')}:${body}`;
  },
  open(sealed) {
    const [iv, tag, body] = sealed.split(':');
    const decipher = createDecipheriv('aes-256-gcm', KEY, Buffer.from(iv, 'hex'));
    decipher.setAuthTag(Buffer.from(tag, 'hex'));
    return decipher.update(body, 'hex', 'utf8') + decipher.final('utf8');
  },
};

async function main() {
  await setUpToklink();
  console.log(await run('core benches', ['cargo', 'bench', '--quiet', '-p', 'toklink', '--bench', 'core']));
  console.log(await run('refresh storm', ['cargo', 'bench', '--quiet', '-p', 'toklink', '--bench', 'refresh_storm']));
  await ensureRedis();
  console.log(await run('quotas on Redis', ['cargo', 'bench', '--quiet', '-p', 'toklink', '--bench', 'redis']));
  const { Client } = await import('toklink');
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-bench-'));
  const client = new Client(clientOptions(emulator.baseUrl, KEY.toString('hex')));
  try {
    const [sealed, sealedByNode] = [client.seal(PLACE, TOKEN), byNode.seal(TOKEN)];
    against('seal, from JavaScript', () => client.seal(PLACE, TOKEN), 'node:crypto', () => byNode.seal(TOKEN));
    against('open, from JavaScript', () => client.open(PLACE, sealed), 'node:crypto', () => byNode.open(sealedByNode));
    await benchQuota(client);
    await benchRoutes(client, emulator.baseUrl);
    await benchPlan(client, emulator.baseUrl);
    await benchSweep(ACCOUNTS);
    await benchC(folder);
    const file = join(folder, 'bench.mp4');
    await writeMp4(file, { bytes: VIDEO_BYTES });
    await benchUpload(Client, { file, size: VIDEO_BYTES, folder, key: KEY.toString('hex') });
  } finally {
    await client.close();
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
