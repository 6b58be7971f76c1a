// The same metrics collection in plain JavaScript with fetch, as in a dashboard without toklink: decrypts tokens in memory, reads
// 16 accounts at a time (the profile and one page of videos each), calculates totals, and writes a row per account. Prints one
// JSON document.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const DEFAULT_CONCURRENCY = 16;
const KEY = randomBytes(32);
const PROFILE = 'open_id,union_id,avatar_url,display_name,bio_description,profile_deep_link,is_verified,username,follower_count,following_count,likes_count,video_count';
const VIDEO = 'id,create_time,cover_image_url,share_url,video_description,duration,title,like_count,comment_count,share_count,view_count';

function seal(text) {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', KEY, iv);
  const body = cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
  return `${iv.toString('hex')}:${cipher.getAuthTag().toString('hex')}:${body}`;
}

function open(sealed) {
  const [iv, tag, body] = sealed.split(':');
  const decipher = createDecipheriv('aes-256-gcm', KEY, Buffer.from(iv, 'hex'));
  decipher.setAuthTag(Buffer.from(tag, 'hex'));
  return decipher.update(body, 'hex', 'utf8') + decipher.final('utf8');
}

async function ask(url, token, body) {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const response = await fetch(url, { method: body ? 'POST' : 'GET', headers, body });
  const answer = await response.json();
  if (!response.ok || answer.error.code !== 'ok') throw new Error(answer.error.code);
  return answer.data;
}

async function read(baseUrl, account) {
  const token = open(account.sealed);
  const { user } = await ask(`${baseUrl}/v2/user/info/?fields=${PROFILE}`, token);
  const { videos } = await ask(`${baseUrl}/v2/video/list/?fields=${VIDEO}`, token, '{"max_count":20}');
  const sum = (name) => videos.reduce((total, video) => total + (video[name] ?? 0), 0);
  return {
    followers: user.follower_count,
    following: user.following_count,
    likes: user.likes_count,
    videoCount: user.video_count,
    views: sum('view_count'),
    videoLikes: sum('like_count'),
    comments: sum('comment_count'),
    shares: sum('share_count'),
  };
}

const [baseUrl, file] = process.argv.slice(2);
const accounts = [];
for await (const line of createInterface({ input: createReadStream(file) })) {
  const given = JSON.parse(line);
  accounts.push({ id: given.open_id, sealed: seal(given.access_token) });
}
const rows = new Map();
const [cpuBefore, began] = [process.cpuUsage(), performance.now()];
let next = 0;
async function worker() {
  while (next < accounts.length) {
    const account = accounts[next++];
    rows.set(account.id, await read(baseUrl, account));
  }
}
await Promise.all(Array.from({ length: DEFAULT_CONCURRENCY }, worker));
const { user, system } = process.cpuUsage(cpuBefore);
console.log(JSON.stringify({ collected: rows.size, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 }));
