import { subscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';

/** The time limit for receiving one request. Node's default is 300 s, but TikTok accepts the bytes of an upload for an hour. */
const REQUEST_TIMEOUT_MS = Number(process.env.DASHBOARD_REQUEST_TIMEOUT_MS ?? 60 * 60 * 1000);

/** Raises the request timeout of this process's server. `next start` has no such option, so this uses Node's diagnostics channel. */
export function raiseRequestTimeout(): void {
  subscribe('http.server.request.start', (message) => {
    (message as { server: Server }).server.requestTimeout = REQUEST_TIMEOUT_MS;
  });
}
