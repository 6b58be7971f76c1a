// npm run demo: logs in, publishes a video and reads its metrics without a browser, and verifies each step in the
// emulator. Exits with 0 only if all checks pass.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOptions, consent } from './lib/account.mjs';
import { writeMp4 } from './lib/mp4.mjs';
import { StepFailed } from './lib/run.mjs';
import { startEmulator } from './lib/service.mjs';
import { setUpToklink } from './lib/setup.mjs';

const VIDEO_BYTES = 80_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;

function check(what, holds) {
  if (!holds) throw new StepFailed(`FAILED: ${what}`);
  console.log(`  ok  ${what}`);
}

function progressLine(progress) {
  const percent = Math.floor((progress.bytesSent / progress.totalBytes) * 100);
  const rate = (progress.bytesPerSecond / 1e6).toFixed(0);
  const line = `  ${progress.phase.padEnd(10)} ${String(percent).padStart(3)} %  ${rate} MB/s`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}   `);
}

async function login(client) {
  console.log('\nLog in');
  const start = await client.beginLogin({ userId: 'demo' });
  const page = await fetch(start.authorizeUrl);
  check('the consent page is shown', page.ok && (await page.text()).includes('Authorize'));
  const callback = await consent(start.authorizeUrl);
  check('TikTok redirects the browser with a code', callback?.includes('code='));
  const cookies = { [start.cookie.name]: start.cookie.value };
  const { account, missingScopes } = await client.completeLogin({ callback, cookies, userId: 'demo' });
  check(`the account @${account.username} is ACTIVE`, account.status === 'ACTIVE' && account.username === 'ana.makes');
  check('every scope was granted', missingScopes.length === 0);
  return account;
}

async function post(client, emulator, account, folder) {
  console.log('\nPost a video');
  const file = join(folder, 'demo.mp4');
  const video = await writeMp4(file, { bytes: VIDEO_BYTES });
  const { findings } = await client.probeVideo(file);
  check(`an MP4 of ${video.bytes} bytes passes all checks`, findings.every((finding) => finding.severity !== 'error'));
  // TikTok takes half a minute to process and moderate a post, so the script advances the emulator's clock.
  const turned = new Set();
  const outcome = await client.publishVideo(
    account.accountId,
    { file, title: 'toklink demo #toklink', privacyLevel: 'PUBLIC_TO_EVERYONE' },
    {
      onProgress(progress) {
        progressLine(progress);
        const waits = progress.phase === 'processing' || progress.phase === 'moderating';
        if (!waits || turned.has(progress.phase)) return;
        turned.add(progress.phase);
        emulator.advance(60_000).catch((error) => console.error(error.message));
      },
    },
  );
  if (process.stdout.isTTY) process.stdout.write('\n');
  const arrived = (await emulator.state()).posts.find((one) => one.publish_id === outcome.publishId);
  check(`TikTok received all ${video.bytes} bytes`, arrived?.bytes_received === video.bytes);
  check(`the received SHA-256 is ${video.sha256.slice(0, 16)}...`, arrived.sha256 === video.sha256);
  check(`the upload used ${arrived.chunk_sizes.length} chunks`, arrived.chunk_sizes.length > 1);
  check(`the video is published: ${outcome.shareUrl}`, outcome.phase === 'published' && outcome.postId !== null);
  return outcome;
}

async function read(client, emulator, account, outcome) {
  console.log('\nRead the metrics one day later');
  await emulator.advance(DAY_MS);
  const { videos } = await client.listVideos(account.accountId, { maxCount: 5 });
  console.table(
    videos.map((v) => ({ id: v.id, title: v.title, views: v.viewCount, likes: v.likeCount, shares: v.shareCount })),
  );
  const posted = videos.find((video) => video.id === outcome.postId);
  check('the new video is in the list', posted !== undefined);
  check(`the video has views (${posted.viewCount})`, posted.viewCount > 0);
  const metrics = await client.accountMetrics(account.accountId);
  check(`the account has ${metrics.followers} followers`, metrics.followers > 0);
  console.log('\nRemaining quota');
  const quota = client.quotaStatus(account.accountId);
  console.table(quota.map((q) => ({ kind: q.kind, window: `${q.windowMs / 1000} s`, left: `${q.remaining} of ${q.limit}` })));
  const daily = quota.find((line) => line.kind === 'videoUpload');
  check('the upload was counted', daily !== undefined && daily.remaining === daily.limit - daily.count);
}

async function main() {
  await setUpToklink();
  const { Client } = await import('toklink');
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-demo-'));
  const client = new Client({
    ...clientOptions(emulator.baseUrl, randomBytes(32).toString('hex')),
    store: { sqlite: join(folder, 'accounts.db') },
  });
  try {
    const account = await login(client);
    const outcome = await post(client, emulator, account, folder);
    await read(client, emulator, account, outcome);
    console.log('\nAll checks passed.');
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
