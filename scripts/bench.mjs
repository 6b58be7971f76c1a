// npm run bench: speed against peers, in one run. Figures are for comparison on the same machine, not promises.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { clientOptions, connect } from './lib/account.mjs';
import { writeMp4 } from './lib/mp4.mjs';
import { run, StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';
import { setUpToklink } from './lib/setup.mjs';

const ROUNDS = 11;
const CALLS = 20_000;
const VIDEO_BYTES = 200_000_000;
const CHUNK = 10_485_760;
const KEY = randomBytes(32);
const TOKEN = `act.${'x'.repeat(120)}`;
const PLACE = { tenant: 'workspace-1', accountId: '-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', field: 'access_token' };

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function round(call) {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) call();
  return ((performance.now() - began) * 1e6) / CALLS;
}

/** Rounds of ours and of the peer take turns, so that a busy machine disturbs both alike. */
function against(what, ours, peer, theirs) {
  const rounds = Array.from({ length: ROUNDS }, () => [round(ours), round(theirs)]);
  const [our, their] = [median(rounds.map((r) => r[0])), median(rounds.map((r) => r[1]))];
  const ns = (value) => `${value.toFixed(0)} ns`.padStart(9);
  console.log(`${what.padEnd(34)}${ns(our)}   ${peer}${ns(their)}   ratio ${(our / their).toFixed(2)}`);
}

/** As the dashboard's own code seals: AES-256-GCM, 16-byte IV, hex, no binding to a row. */
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

/** Seconds of wall time and of this process's CPU. */
async function measured(work) {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1000, cpu: (used.user + used.system) / 1e6 };
}

/** What a program does without toklink: fetch, a stream per chunk, and a token it got itself. */
async function postByFetch(baseUrl, file, size) {
  const post = async (path, body, token) => {
    const form = body instanceof URLSearchParams;
    const headers = { ...(!form && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) };
    return (await fetch(baseUrl + path, { method: 'POST', headers, body: form ? body : JSON.stringify(body) })).json();
  };
  const app = { client_key: 'awtoklinkemu0001', client_secret: 'toklinkemulatorclientsecret00001' };
  const redirect_uri = 'https://spike.land/api/social/tiktok/callback';
  const grant = { client_key: app.client_key, username: 'ana.makes', scopes: ['user.info.basic', 'video.publish'], redirect_uri };
  const { code } = await post('/_emulator/grant', grant);
  const exchange = new URLSearchParams({ ...app, code, grant_type: 'authorization_code', redirect_uri });
  const { access_token } = await post('/v2/oauth/token/', exchange);
  const count = Math.floor(size / CHUNK);
  const source_info = { source: 'FILE_UPLOAD', video_size: size, chunk_size: CHUNK, total_chunk_count: count };
  const body = { post_info: { privacy_level: 'SELF_ONLY' }, source_info };
  const { data } = await post('/v2/post/publish/video/init/', body, access_token);
  return measured(async () => {
    for (let index = 0; index < count; index++) {
      const [start, end] = [index * CHUNK, index + 1 === count ? size - 1 : (index + 1) * CHUNK - 1];
      const headers = {
        'content-type': 'video/mp4',
        'content-length': String(end - start + 1),
        'content-range': `bytes ${start}-${end}/${size}`,
      };
      const body = Readable.toWeb(createReadStream(file, { start, end }));
      const response = await fetch(data.upload_url, { method: 'PUT', headers, body, duplex: 'half' });
      if (!response.ok) throw new StepFailed(`the peer's chunk ${index} was refused with ${response.status}`);
    }
  });
}

async function main() {
  await setUpToklink();
  console.log(await run('core benches', ['cargo', 'bench', '--quiet', '-p', 'toklink', '--bench', 'core']));
  const { Client } = await import('toklink');
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-bench-'));
  const client = new Client(clientOptions(emulator.baseUrl, KEY.toString('hex')));
  try {
    const [sealed, sealedByNode] = [client.seal(PLACE, TOKEN), byNode.seal(TOKEN)];
    against('seal, from JavaScript', () => client.seal(PLACE, TOKEN), 'node:crypto', () => byNode.seal(TOKEN));
    against('open, from JavaScript', () => client.open(PLACE, sealed), 'node:crypto', () => byNode.open(sealedByNode));
    const { account } = await connect(client);
    const file = join(folder, 'bench.mp4');
    await writeMp4(file, { bytes: VIDEO_BYTES });
    const options = { wait: false };
    const ours = await measured(() => client.publishVideo(account.accountId, { file, privacyLevel: 'SELF_ONLY' }, options));
    const peer = await postByFetch(emulator.baseUrl, file, VIDEO_BYTES);
    const rate = ({ seconds }) => `${(VIDEO_BYTES / 1e6 / seconds).toFixed(0)} MB/s`;
    console.log(`upload of ${VIDEO_BYTES / 1e6} MB                 ${rate(ours)}   Node's fetch ${rate(peer)}   ratio ${(peer.seconds / ours.seconds).toFixed(2)}`);
    console.log(`its CPU seconds                   ${ours.cpu.toFixed(2)} s   Node's fetch ${peer.cpu.toFixed(2)} s   ratio ${(ours.cpu / peer.cpu).toFixed(2)}`);
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
