// Prints the metrics of all connected accounts, their growth and their newest videos.
//
//     node metrics.mjs [STORE]
//
// TikTok reports current totals only. Run this program every day: collectMetrics stores one row per account and day, and
// metricsHistory calculates the growth from these rows.

// @ts-check
import { Client } from 'toklink';

const [file = 'toklink.db'] = process.argv.slice(2);
const client = new Client({ store: { sqlite: file } });
try {
  const report = await client.collectMetrics();
  // A failure of one account does not stop the others.
  for (const { accountId, code, message } of report.failures) console.error(`${accountId}: ${code}: ${message}`);

  for (const account of await client.accounts()) {
    // An account that is EXPIRED or DISCONNECTED needs a new login; reading its metrics would reject.
    if (account.status !== 'ACTIVE') {
      console.log(`${account.displayName}: ${account.status}`);
      continue;
    }
    const metrics = await client.accountMetrics(account);
    console.log(`${account.displayName}: ${metrics.followers} followers, ${metrics.videoCount} videos, ${metrics.likes} likes`);
    console.log(`  newest ${metrics.videosRead} videos: ${metrics.views} views, ${metrics.engagementRate.toFixed(1)} % engagement`);

    const { points, week } = await client.metricsHistory(account);
    const growth = week === null ? 'unknown' : `${week.followers >= 0 ? '+' : ''}${week.followers} followers`;
    console.log(`  days with metrics: ${points.length}, growth in 7 days: ${growth}`);

    // `client.videos(account)` iterates over all videos and reads each page when the loop reaches it.
    const { videos } = await client.listVideos(account, { maxCount: 3 });
    for (const video of videos) console.log(`  ${video.viewCount ?? 0} views: ${video.title || video.id}`);
  }
  if (report.failures.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await client.close();
}
