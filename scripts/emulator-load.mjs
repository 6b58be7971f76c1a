// Measures the emulator: time to the first response, user-info requests per second, and memory of a 1 GiB upload.
// Usage: cargo build --release -p toklink-emulator && node scripts/emulator-load.mjs target/release/toklink-emulator
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const BINARY = process.argv[2] ?? 'target/release/toklink-emulator';
const CONNECTIONS = 16;
const LOAD_MS = 3_000;
const SIZE = 1024 ** 3;
const CHUNK = 32 * 1024 ** 2;
const APP = 'awtoklinkemu0001';
const SECRET = 'toklinkemulatorclientsecret00001';
const REDIRECT = 'http://localhost:3000/callback';

const began = performance.now();
const child = spawn(BINARY, ['--port', '0', '--no-limits'], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const line = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
  const base = line.trim().split(' ').at(-1);
  await firstAnswer(base);
  console.log(`start to first response: ${Math.round(performance.now() - began)} ms`);
  const token = await login(base);
  console.log(`user info: ${Math.round(await load(base, token))} requests per second over ${CONNECTIONS} connections`);
  const before = peakMiB();
  await upload(base, token);
  console.log(`1 GiB upload: peak memory ${before} MiB before, ${peakMiB()} MiB after`);
} finally {
  child.kill('SIGTERM');
}

// Uses a socket, because the first `fetch` takes longer than the emulator needs to start.
function firstAnswer(base) {
  return new Promise((resolve, reject) => {
    const port = Number(new URL(base).port);
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /v2/user/info/ HTTP/1.1\r\nHost: x\r\n\r\n'));
    socket.on('error', reject);
    socket.once('data', () => resolve(socket.destroy()));
  });
}

async function login(base) {
  const verifier = 'v'.repeat(64);
  const challenge = createHash('sha256').update(verifier).digest('hex');
  const scopes = ['user.info.basic', 'video.publish'];
  const grant = { client_key: APP, username: 'ana.makes', scopes, redirect_uri: REDIRECT, code_challenge: challenge };
  const { code } = await post(`${base}/_emulator/grant`, grant);
  const form = { client_key: APP, client_secret: SECRET, grant_type: 'authorization_code', code, redirect_uri: REDIRECT };
  const body = new URLSearchParams({ ...form, code_verifier: verifier });
  const answer = await fetch(`${base}/v2/oauth/token/`, { method: 'POST', body });
  return (await answer.json()).access_token;
}

async function post(url, body, token = '') {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

// Uses raw sockets, because a JavaScript HTTP client would be the bottleneck.
async function load(base, token) {
  const request = `GET /v2/user/info/?fields=open_id,display_name HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const start = performance.now();
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => one(base, request, start)));
  return (1000 * counts.reduce((sum, count) => sum + count, 0)) / (performance.now() - start);
}

function one(base, request, start) {
  return new Promise((resolve, reject) => {
    let count = 0;
    const socket = connect(Number(new URL(base).port), '127.0.0.1', () => socket.write(request));
    socket.setNoDelay(true);
    socket.on('error', reject);
    // A response is far smaller than a segment, so each data event is one response.
    socket.on('data', (data) => {
      if (!data.includes('HTTP/1.1 200')) return reject(new Error(String(data)));
      count += 1;
      if (performance.now() - start < LOAD_MS) return socket.write(request);
      socket.destroy();
      resolve(count);
    });
  });
}

async function upload(base, token) {
  const source = { source: 'FILE_UPLOAD', video_size: SIZE, chunk_size: CHUNK, total_chunk_count: SIZE / CHUNK };
  const body = { post_info: { privacy_level: 'SELF_ONLY' }, source_info: source };
  const { data } = await post(`${base}/v2/post/publish/video/init/`, body, token);
  const chunk = Buffer.alloc(CHUNK, 7);
  for (let at = 0; at < SIZE; at += CHUNK) {
    const range = `bytes ${at}-${at + CHUNK - 1}/${SIZE}`;
    const headers = { 'content-type': 'video/mp4', 'content-range': range };
    const answer = await fetch(data.upload_url, { method: 'PUT', headers, body: chunk });
    if (!answer.ok) throw new Error(`the chunk ${range} was rejected with status ${answer.status}`);
  }
}

function peakMiB() {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024);
}
