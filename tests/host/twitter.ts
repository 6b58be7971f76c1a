import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const POST = {
  id: 'tweet-1',
  platformPostId: 'tweet-1',
  platform: 'TWITTER',
  content: 'A post of another platform',
  publishedAt: '2026-01-01T00:00:00.000Z',
  url: 'https://twitter.example/tweet-1',
};

/** The responses by path. Any other path returns 404. */
const ANSWERS: Record<string, unknown> = {
  '/posts': [POST],
  '/posts/tweet-1/comments': [{ id: 'c1', author: 'bo', text: 'Nice', createdAt: '2026-01-01T00:00:00.000Z' }],
  '/metrics': { followers: 10, following: 20, postsCount: 1, engagementRate: 12.5, impressions: 80, reach: 60 },
};

/** Starts the API of the app's other platform. */
export async function startTwitter(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://twitter');
    const answer = ANSWERS[pathname];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}
