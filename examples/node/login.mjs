// Connects a TikTok account: prints the URL of the consent page, and waits on loopback for TikTok's redirect.
//
//     node login.mjs [STORE]
//
// STORE is a SQLite file (default: toklink.db). The keys come from the environment: TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET and
// TOKEN_ENCRYPTION_KEY. Register http://127.0.0.1 with any port as a desktop redirect URI in TikTok's portal.

// @ts-check
import { on, once } from 'node:events';
import { createServer } from 'node:http';
import { Client } from 'toklink';

/** The user of this program. A web app passes the id of the user who is signed in. */
const USER = 'local-user';
const SCOPES = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list', 'video.publish', 'video.upload'];

const [file = 'toklink.db'] = process.argv.slice(2);
const client = new Client({ store: { sqlite: file } });
const server = createServer();
try {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  const login = await client.beginLogin({ userId: USER, redirectUri: `${origin}/callback`, scopes: SCOPES });
  // The cookie contains the login state. A web app sets it in the browser; this program keeps it in memory.
  const cookies = { [login.cookie.name]: login.cookie.value };
  const signal = AbortSignal.timeout(login.cookie.maxAgeSec * 1000);
  const requests = on(server, 'request', { signal });
  console.log(`Open this page in a browser on this machine:\n${login.authorizeUrl}`);

  for await (const [request, response] of requests) {
    const callback = `${origin}${request.url}`;
    response.setHeader('connection', 'close');
    try {
      client.inspectLogin({ callback, cookies });
    } catch {
      // Any program on this machine can send a request to this port. Reject it and keep waiting.
      response.writeHead(400).end('This request does not belong to the login.\n');
      continue;
    }
    try {
      const { account, missingScopes } = await client.completeLogin({ callback, cookies, userId: USER });
      response.end('Connected. Close this page.\n');
      console.log(`connected: ${account.displayName} (${account.accountId})`);
      // Users can deselect individual scopes on the consent page.
      if (missingScopes.length > 0) console.log(`not granted: ${missingScopes.join(', ')}`);
    } catch (error) {
      response.writeHead(400).end('Not connected. The terminal shows the reason.\n');
      throw error;
    }
    break;
  }
} catch (error) {
  // Each error from toklink states what happened and what to do.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  server.close();
  await client.close();
}
