// Compares uploads of one file with toklink, with Node's fetch and with a minimal C sender. All use the same server, in
// alternating rounds.

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { clientOptions } from './account.mjs';
import { ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';
import { startService } from './service.mjs';

const SOURCES = join(ROOT, 'benches', 'upload');
const PORT = /^(\d+)$/;
/** Chunk size that toklink chooses, bytes. */
const CHUNK = 10_485_760;
const ROUNDS = 5;
/** Options for logging in as the server's only user. */
const LOGIN = { userId: 'bench' };

/** Returns the wall time and this process's CPU time, both in seconds. */
async function measured(work) {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1000, cpu: (used.user + used.system) / 1e6 };
}

async function compiled(name, folder) {
  const program = join(folder, name);
  const flags = ['-std=gnu11', '-O2', '-D_GNU_SOURCE', '-pthread'];
  await run(`C ${name}`, [process.env.CC ?? 'cc', ...flags, '-o', program, join(SOURCES, `${name}.c`)]);
  return program;
}

/** Uploads without toklink: one fetch with one stream per chunk. */
async function sendByFetch(url, file, size) {
  const count = Math.floor(size / CHUNK);
  for (let index = 0; index < count; index++) {
    const [start, end] = [index * CHUNK, index + 1 === count ? size - 1 : (index + 1) * CHUNK - 1];
    const headers = {
      'content-type': 'video/mp4',
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${size}`,
    };
    const body = Readable.toWeb(createReadStream(file, { start, end }));
    const response = await fetch(url, { method: 'PUT', headers, body, duplex: 'half' });
    if (!response.ok) throw new StepFailed(`the peer's chunk ${index} was rejected with ${response.status}`);
    await response.arrayBuffer();
  }
}

const sendByC = (sender, port, file) =>
  new Promise((resolve, reject) => {
    const child = spawn(sender, [port, file, String(CHUNK)], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new StepFailed('the C sender failed'))));
  });

async function connected(Client, apiPort, key) {
  const client = new Client(clientOptions(`http://127.0.0.1:${apiPort}`, key));
  const start = await client.beginLogin(LOGIN);
  const state = new URL(start.authorizeUrl).searchParams.get('state');
  const callback = `http://127.0.0.1:8700/callback?code=bench&state=${encodeURIComponent(state)}`;
  const cookies = { [start.cookie.name]: start.cookie.value };
  const { account } = await client.completeLogin({ callback, cookies, ...LOGIN });
  return { client, accountId: account.accountId };
}

/** Prints rates and ratios. `folder` receives the compiled programs. */
export async function benchUpload(Client, { file, size, folder, key }) {
  const [sinkProgram, sender] = [await compiled('sink', folder), await compiled('sender', folder)];
  const sink = await startService('sink', [sinkProgram], { ready: PORT });
  const port = sink.match[1];
  const api = await startService('api', [process.execPath, join(SOURCES, 'api.mjs'), port], { ready: PORT });
  try {
    const { client, accountId } = await connected(Client, api.match[1], key);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await measured(() =>
        client.publishVideo(accountId, { file, privacyLevel: 'SELF_ONLY' }, { wait: false }),
      );
      const bare = await measured(() => sendByC(sender, port, file));
      const fetched = await measured(() => sendByFetch(`http://127.0.0.1:${port}/upload`, file, size));
      rounds.push({ ours, bare, fetched });
    }
    await client.close();
    report(rounds, size);
  } finally {
    await api.service.stop();
    await sink.service.stop();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function report(rounds, size) {
  const of = (who, what) => median(rounds.map((round) => round[who][what]));
  const rate = (who) => `${(size / 1e6 / of(who, 'seconds')).toFixed(0)} MB/s`;
  const ratio = (over, under) => (over / under).toFixed(2);
  const [ours, bare, fetched] = ['ours', 'bare', 'fetched'].map((who) => of(who, 'seconds'));
  console.log(`upload of ${size / 1e6} MB to a sink: ${rate('ours')}, bare C sender ${rate('bare')}, Node's fetch ${rate('fetched')}`);
  console.log(`  relative to the C sender ${ratio(bare, ours)}; relative to fetch ${ratio(fetched, ours)}`);
  console.log(`  CPU seconds ${of('ours', 'cpu').toFixed(2)}, fetch ${of('fetched', 'cpu').toFixed(2)}, ratio ${ratio(of('ours', 'cpu'), of('fetched', 'cpu'))}`);
}
