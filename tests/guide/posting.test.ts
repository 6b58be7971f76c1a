import { createSocialClient } from 'toklink/social';
import { createMockClient, ToklinkError } from 'toklink/testing';
import { beforeEach, expect, it } from 'vitest';

const tiktok = createMockClient();
beforeEach(() => tiktok.reset());

/** The function of the app under test. */
async function postToTikTok(accountId: string, text: string, video: string): Promise<string> {
  const client = await createSocialClient('TIKTOK', { client: tiktok, account: { tenant: 'ws_acme', accountId } });
  const { url } = await client.createPost(text, { mediaUrls: [video], metadata: { privacyLevel: 'SELF' } });
  return url;
}

it('posts the video with its caption', async () => {
  expect(await postToTikTok('open-1', 'Hello', 'https://media.example.com/v.mp4')).toContain('/video/');
  expect(tiktok.callsOf('publishVideo')).toMatchObject([[{ accountId: 'open-1' }, { title: 'Hello', privacyLevel: 'SELF_ONLY' }, {}]]);
});

it('reports that the posting limit is reached', async () => {
  tiktok.fail('publishVideo', new ToklinkError({ code: 'QUOTA_EXHAUSTED', message: 'no more posts today', owner: 'tiktok' }));
  await expect(postToTikTok('open-1', 'Hello', 'https://media.example.com/v.mp4')).rejects.toThrow('no more posts today');
});
