// Measures the latency goals of the original plan on a network with 100 ms latency. Also compares a toklink route with an empty
// route, and with the plan's approach: a fetch with an access token, then a conversion of the response.

import { createHash } from 'node:crypto';
import { connect } from './account.mjs';

const NETWORK_MS = 100;
const ROUNDS = 20;
/** Rounds per route. All routes together stay below TikTok's limit of 600 reads per minute. */
const ROUTE_ROUNDS = 250;
const WARM_UP = 25;
const DAY_MS = 86_400_000;
const CALLBACK = 'http://127.0.0.1:8700/callback';
const VERIFIER = 'b'.repeat(64);
const APP = { client_key: 'awtoklinkemu0001', client_secret: 'toklinkemulatorclientsecret00001' };
const FIELDS = 'id,title,video_description,create_time,cover_image_url,share_url,duration,view_count,like_count,comment_count,share_count';

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Returns the duration of each round in milliseconds. */
async function timed(rounds, call) {
  const times = [];
  for (let n = 0; n < rounds; n++) {
    const began = performance.now();
    await call(n);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}

function report(what, times, aimMs) {
  const [p50, p99] = [at(times, 0.5), at(times, 0.99)];
  const digits = p99 < 1 ? 4 : 1;
  const verdict = p99 <= aimMs ? '' : '   MISSED';
  console.log(`${what.padEnd(34)}p50 ${p50.toFixed(digits)} ms   p99 ${p99.toFixed(digits)} ms   (plan: ${aimMs} ms)${verdict}`);
}

async function control(baseUrl, name, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${baseUrl}/_emulator/${name}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`emulator ${name}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Prints the plan's goals and the measured times of `client` on a network with 100 ms latency. */
export async function benchPlan(client, baseUrl) {
  await control(baseUrl, 'faults', [{ endpoint: '*', delay_ms: NETWORK_MS, times: 0 }]);
  try {
    let account;
    const login = await timed(ROUNDS, async () => ({ account } = await connect(client, { tenant: 'bench' })));
    report('login, from link to stored tokens', login, 5000);
    const refresh = [];
    for (let n = 0; n < ROUNDS; n++) {
      // The token is invalid: TikTok rejects it, then toklink refreshes and stores the token and retries the read.
      await control(baseUrl, 'clock', { advance_ms: DAY_MS });
      refresh.push(...(await timed(1, () => client.listVideos(account, { cursor: 1_900_000_000_000 + n }))));
    }
    report('a read that refreshes an expired token', refresh.sort((a, b) => a - b), 2000);
    report('quota check', await timed(10_000, () => client.checkQuota(account, 'videoList')), 10);
  } finally {
    await control(baseUrl, 'reset', {});
  }
}

/** Returns an access token in the form in which the plan's client would store it. */
async function bareToken(baseUrl) {
  const grant = {
    client_key: APP.client_key,
    username: 'ana.makes',
    scopes: ['user.info.basic', 'video.list'],
    redirect_uri: CALLBACK,
    code_challenge: createHash('sha256').update(VERIFIER).digest('hex'),
  };
  const { code } = await control(baseUrl, 'grant', grant);
  const form = { ...APP, code, grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: VERIFIER };
  const response = await fetch(`${baseUrl}/v2/oauth/token/`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token } = await response.json();
  if (typeof token !== 'string') throw new Error('the emulator returned no token');
  return token;
}

/** Returns the plan's implementation of the route: a fetch and a conversion, with the request format that TikTok requires. */
function plansWay(baseUrl, token) {
  return async (request) => {
    const cursor = Number(new URL(request.url).searchParams.get('cursor'));
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ cursor, max_count: 20 });
    const response = await fetch(`${baseUrl}/v2/video/list/?fields=${FIELDS}`, { method: 'POST', headers, body });
    if (!response.ok) return Response.json({ error: response.statusText }, { status: 502 });
    const { data } = await response.json();
    const videos = data.videos.map((video) => ({
      id: video.id,
      title: video.title,
      description: video.video_description,
      coverImageUrl: video.cover_image_url,
      shareUrl: video.share_url,
      createTime: video.create_time,
      duration: video.duration,
      statistics: {
        viewCount: video.view_count,
        likeCount: video.like_count,
        commentCount: video.comment_count,
        shareCount: video.share_count,
      },
    }));
    return Response.json({ videos, nextCursor: data.has_more ? data.cursor : null });
  };
}

/**
 * Prints p50 and p99 of the routes without network latency. Alternates between the routes, so that other load affects
 * all of them equally.
 */
export async function benchRoutes(client, baseUrl) {
  const { createTikTokHandlers } = await import('toklink/next');
  const { account } = await connect(client, { tenant: 'bench' });
  const { tenant: workspaceId, accountId } = account;
  const handlers = createTikTokHandlers({
    client,
    auth: () => ({ user: { id: 'scripts' } }),
    permissions: () => {},
    workspaces: { byId: (id) => ({ id, slug: id }) },
    accounts: { find: async () => [{ workspaceId, accountId, status: 'ACTIVE' }] },
    env: { NEXTAUTH_URL: 'http://localhost:3000' },
  });
  const ways = {
    'an empty route': async () => Response.json({}),
    'toklink, quota (no request)': handlers.quota.GET,
    'toklink, videos (cached)': handlers.videos.GET,
    'toklink, videos (not cached)': handlers.videos.GET,
    "videos as in the plan": plansWay(baseUrl, await bareToken(baseUrl)),
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  const route = `http://localhost:3000/api/social/tiktok/x?accountId=${encodeURIComponent(accountId)}`;
  for (let n = 0; n < ROUTE_ROUNDS + WARM_UP; n++) {
    // The dashboard limits video lists to 100 a day.
    client.resetQuota(account);
    for (const [name, way] of Object.entries(ways)) {
      // A new cursor requests a page that the cache does not contain.
      const cursor = name.includes('remembered') ? 1_800_000_000_000 : 1_900_000_000_000 + n;
      const began = performance.now();
      const response = await way(new Request(`${route}&cursor=${cursor}`));
      await response.json();
      const took = performance.now() - began;
      if (!response.ok) throw new Error(`${name} responded with ${response.status}`);
      if (n >= WARM_UP) times[name].push(took);
    }
  }
  for (const [name, all] of Object.entries(times)) {
    const sorted = all.sort((a, b) => a - b);
    console.log(`${name.padEnd(34)}p50 ${at(sorted, 0.5).toFixed(3)} ms   p99 ${at(sorted, 0.99).toFixed(3)} ms`);
  }
}
