import { ToklinkError, type MockClient } from 'toklink/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tiktokClient } from '@/lib/tiktok';
import { streamOf } from './streams';

vi.mock('@/lib/tiktok', async () => {
  const { createMockClient } = await import('toklink/testing');
  const client = createMockClient();
  return { tiktokClient: () => client };
});
vi.mock('@/lib/database', () => {
  const account = { id: 'row-1', platform: 'TIKTOK', workspaceId: 'ws-1', accountId: 'open-1', status: 'ACTIVE' };
  return { prisma: () => ({ socialAccount: { findMany: async () => [account] } }) };
});

const client = tiktokClient() as unknown as MockClient;
afterEach(() => client.reset());

describe('streamOf', () => {
  it('reads the videos of the stored account', async () => {
    const { posts, errors } = await streamOf('ws-1');
    expect(errors).toEqual([]);
    expect(posts[0]).toMatchObject({ platform: 'TIKTOK', content: expect.any(String) });
    expect(client.callsOf('listVideos')[0]?.[0]).toEqual({ tenant: 'ws-1', accountId: 'open-1' });
  });

  it('reports an account that must be connected again', async () => {
    client.fail('listVideos', new ToklinkError({ code: 'UNAUTHORIZED', message: 'the user has to connect again' }));
    const { errors } = await streamOf('ws-1');
    expect(errors).toEqual([{ accountId: 'row-1', error: expect.stringMatching(/connect/) }]);
  });
});
