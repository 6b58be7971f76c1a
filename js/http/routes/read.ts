import { accountFor, keyOf, signedIn } from '../guard.js';
import { wholeNumber } from '../query.js';
import { json, HttpError } from '../respond.js';
import type { RouteContext } from '../context.js';
import type { TikTokPermission } from '../options.js';

async function ask(context: RouteContext, request: Request, permission: TikTokPermission) {
  const session = await signedIn(context.options, request);
  const query = new URL(request.url).searchParams;
  const wanted = { accountId: query.get('accountId'), workspaceId: query.get('workspaceId') };
  const account = await accountFor(context.options, session, wanted, permission);
  return { account: keyOf(account), query, client: await context.client() };
}

/** GET ?accountId[&videoId]: responds with the account's metrics as `{ metrics }`, or with one video as `{ video }`. */
export async function metrics(context: RouteContext, request: Request): Promise<Response> {
  const { account, query, client } = await ask(context, request, 'social:view');
  const videoId = query.get('videoId');
  if (videoId !== null) {
    const [video] = /^\d{1,20}$/.test(videoId) ? await client.queryVideos(account, [videoId]) : [];
    if (video === undefined) throw new HttpError(404, 'NOT_FOUND', 'This account has no public video with that id.');
    return json({ video });
  }
  const metrics = await client.accountMetrics(account);
  // Adds the names that the dashboard's other platforms use for two of these metrics.
  return json({ metrics: { ...metrics, postsCount: metrics.videoCount, impressions: metrics.views } });
}

/**
 * GET ?accountId[&days]: responds with the stored metrics of the last days (UTC, default 30) and their growth. Sends no requests
 * to TikTok.
 */
export async function metricsHistory(context: RouteContext, request: Request): Promise<Response> {
  const { account, query, client } = await ask(context, request, 'social:view');
  const days = wholeNumber(query, 'days', 1, 400) ?? 30;
  const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const now = Date.now();
  const range = { from: dayOf(now - (days - 1) * 86_400_000), to: dayOf(now) };
  return json({ history: await client.metricsHistory(account, range) });
}

/** GET ?accountId[&cursor&maxCount]: responds with one page of videos, newest first. */
export async function videos(context: RouteContext, request: Request): Promise<Response> {
  const { account, query, client } = await ask(context, request, 'social:view');
  const cursor = wholeNumber(query, 'cursor', 0, Number.MAX_SAFE_INTEGER);
  const maxCount = wholeNumber(query, 'maxCount', 1, 20);
  const page = await client.listVideos(account, {
    ...(cursor !== null && { cursor }),
    ...(maxCount !== null && { maxCount }),
  });
  return json(page);
}

/** GET ?accountId: responds with the usage of each quota window. Sends no requests to TikTok. */
export async function quota(context: RouteContext, request: Request): Promise<Response> {
  const { account, client } = await ask(context, request, 'social:view');
  return json({ quota: await client.readQuota(account) });
}

/** GET ?accountId: responds with the creator's posting options for the post form. */
export async function creator(context: RouteContext, request: Request): Promise<Response> {
  const { account, client } = await ask(context, request, 'social:post');
  return json({ creator: await client.creatorInfo(account) });
}
