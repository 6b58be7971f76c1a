import { describe, expect, it } from 'vitest';
import { prismaAccounts, type SocialAccountPrisma } from '../../js/prisma/accounts.js';
import { createTikTokRoutes } from '../../js/http/index.js';
import type { AccountStatus, PublishOutcome, PublishVideoInput } from '../../js/types.js';
import type { TikTokApi } from '../../js/client-interface.js';
import { get, type Host, post, withHost } from './host.js';
import { form, read, upload } from './uploads.js';

const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;
const HEALTHY: Partial<TikTokApi> = {
  accountMetrics: async () => ({ views: 1, videoCount: 1 }) as never,
  metricsHistory: async () => ({ points: [] }) as never,
  listVideos: async () => ({ videos: [], nextCursor: null }) as never,
  readQuota: async () => [],
  creatorInfo: async () => ({ privacyLevelOptions: [] }) as never,
  publishVideo: async (_account: unknown, input: PublishVideoInput) => (await read(input), OUTCOME),
  publishPhotos: async () => OUTCOME,
  disconnect: async () => {},
};
const PHOTOS = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };

/** Each route that acts on an account, with the response status for a connected account. */
const ROUTES: [route: string, ask: (host: Host) => Promise<Response>, served: number][] = [
  ['metrics', (host) => host.routes.metrics(get('metrics?accountId=open-1')), 200],
  ['metricsHistory', (host) => host.routes.metricsHistory(get('metrics/history?accountId=open-1')), 200],
  ['videos', (host) => host.routes.videos(get('videos?accountId=open-1')), 200],
  ['quota', (host) => host.routes.quota(get('quota?accountId=open-1')), 200],
  ['creator', (host) => host.routes.creator(get('creator?accountId=open-1')), 200],
  ['publish', (host) => host.routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }))), 202],
  ['publishPhotos', (host) => host.routes.publishPhotos(post('publish/photos?accountId=open-1', PHOTOS)), 202],
  ['disconnect', (host) => host.routes.disconnect(post('disconnect', { accountId: 'open-1' })), 200],
];
const STATUSES: [status: AccountStatus, connected: boolean][] = [
  ['ACTIVE', true],
  ['RATE_LIMITED', true],
  ['RESTRICTED', true],
  ['ERROR', true],
  ['EXPIRED', false],
  ['DISCONNECTED', false],
];
const TABLE = STATUSES.flatMap(([status, connected]) =>
  ROUTES.map(([route, ask, served]) => {
    const expected = connected || route === 'disconnect' ? served : 404;
    return [status, route, expected, ask] as const;
  }),
);

describe('the status of an account', () => {
  const host = withHost();

  it.each(TABLE)('%s makes %s respond with %i', async (status, _route, expected, ask) => {
    Object.assign(host().api, HEALTHY);
    host().rows = [{ workspaceId: 'ws1', accountId: 'open-1', status }];
    const response = await ask(host());
    expect(response.status).toBe(expected);
    if (expected === 404) expect(await response.json()).toMatchObject({ code: 'INACTIVE' });
  });

  it('prefers a connected account to a disconnected one', async () => {
    Object.assign(host().api, HEALTHY);
    host().roles['olivia ws9'] = 'OWNER';
    host().rows = [
      { workspaceId: 'ws9', accountId: 'open-1', status: 'EXPIRED' },
      { workspaceId: 'ws1', accountId: 'open-1', status: 'RATE_LIMITED' },
    ];
    expect((await host().routes.quota(get('quota?accountId=open-1'))).status).toBe(200);
    expect(host().called('readQuota')).toEqual([[{ tenant: 'ws1', accountId: 'open-1' }]]);
  });

  it.each([
    ['SUSPENDED', 404],
    ['PAUSED', 404],
    ['RESTRICTED', 200],
    ['DISCONNECTED', 404],
  ])("responds to the host's own status %s with %i", async (status, expected) => {
    Object.assign(host().api, HEALTHY);
    const rows = [{ workspaceId: 'ws1', accountId: 'open-1', status }];
    const prisma = { socialAccount: { findMany: async () => rows } } as unknown as SocialAccountPrisma;
    const routes = createTikTokRoutes({ ...host().options, accounts: prismaAccounts(prisma) });
    expect((await routes.quota(get('quota?accountId=open-1'))).status).toBe(expected);
  });
});
