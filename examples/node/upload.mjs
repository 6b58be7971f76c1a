// Posts a video, visible only to its creator, and shows the progress. Ctrl-C stops the upload; the same command resumes it after
// the last byte that TikTok accepted.
//
//     node upload.mjs VIDEO [STORE]
//
// Exit codes: 0 posted, 1 failed, 2 invalid usage, 130 stopped.

// @ts-check
import { basename } from 'node:path';
import { Client, ToklinkError } from 'toklink';

const [video, file = 'toklink.db'] = process.argv.slice(2);
if (video === undefined) {
  console.error('usage: node upload.mjs VIDEO [STORE]');
  process.exit(2);
}

const client = new Client({ store: { sqlite: file } });
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
try {
  const [account] = await client.accounts();
  if (account === undefined) throw new Error(`${file} has no account; run login.mjs first`);

  // Checks the file against TikTok's limits without sending it. publishVideo runs the same checks and rejects a file that fails
  // them.
  const { findings } = await client.probeVideo(video);
  for (const { severity, rule, advice } of findings) console.error(`${severity}: ${rule}: ${advice}`);

  const outcome = await client.publishVideo(
    account,
    { file: video, title: basename(video), privacyLevel: 'SELF_ONLY' },
    {
      signal: stop.signal,
      // A key posts at most once, even from several processes. Use the id of the post in your own database.
      idempotencyKey: basename(video),
      onProgress: ({ phase, bytesSent, totalBytes, remainingMs }) => {
        const percent = totalBytes > 0 ? Math.floor((100 * bytesSent) / totalBytes) : 0;
        const left = remainingMs === null ? '' : `, ${Math.ceil(remainingMs / 1000)} s left`;
        console.log(`${phase}: ${percent} %${left}`);
      },
    },
  );
  console.log(`posted: ${outcome.publishId} (${outcome.status})`);
  // A public post gets its URL after moderation.
  if (outcome.shareUrl !== null) console.log(outcome.shareUrl);
} catch (error) {
  if (ToklinkError.is(error) && error.code === 'CANCELLED') {
    console.log('stopped; run the same command to resume');
    process.exitCode = 130;
  } else {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
} finally {
  await client.close();
}
