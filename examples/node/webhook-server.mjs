// Receives TikTok's webhooks with node:http: verifies the signature and applies each event to the store.
//
//     PORT=8080 node webhook-server.mjs [STORE]
//
// Put a TLS proxy in front of this server, and register the proxy's URL as your app's webhook URL in TikTok's portal.

// @ts-check
import { createServer } from 'node:http';
import { Client, ToklinkError } from 'toklink';

/** The maximum body size. TikTok's webhooks are smaller than 2 KiB. */
const MAX_BYTES = 64 * 1024;

const [file = 'toklink.db'] = process.argv.slice(2);
const client = new Client({ store: { sqlite: file } });

/**
 * Returns the raw body, or null when it is too large. The signature covers these bytes, so a body that was parsed and serialized
 * again fails verification.
 *
 * @param {import('node:http').IncomingMessage} request
 */
async function rawBody(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Returns the status of the response. TikTok retries a webhook for up to 72 hours, until it receives 200.
 *
 * @param {import('node:http').IncomingMessage} request
 */
async function receive(request) {
  if (request.method !== 'POST') return 405;
  const body = await rawBody(request);
  if (body === null) return 413;
  try {
    const event = client.verifyWebhook(String(request.headers['tiktok-signature'] ?? ''), body);
    // Events can be applied in any order and any number of times. A revoked consent disconnects the account. An event about a
    // post ends any wait for that post. Add your own handling here; `event.dedupeKey` identifies repeated deliveries.
    const effect = await client.applyWebhook(event);
    console.log(`${event.event}: ${effect}`);
    return 200;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    // INTEGRITY: the webhook is not from TikTok, or it is for another app.
    return ToklinkError.is(error) && error.code === 'INTEGRITY' ? 401 : 500;
  }
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    // The sender closed the connection before the body was complete.
    () => response.destroy(),
  );
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`listening on http://127.0.0.1:${address?.port}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => void client.close());
    server.closeIdleConnections();
  });
}
