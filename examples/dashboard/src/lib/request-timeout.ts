import { subscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';

/** The time limit for a request to arrive. Node's own limit is 300 s; TikTok accepts the bytes of an upload for an hour. */
const REQUEST_TIMEOUT_MS = Number(process.env.DASHBOARD_REQUEST_TIMEOUT_MS ?? 60 * 60 * 1000);

/** Raises the limit of this process's server: `next start` has no option for it, but Node passes the server with each request. */
export function raiseRequestTimeout(): void {
  subscribe('http.server.request.start', (message) => {
    (message as { server: Server }).server.requestTimeout = REQUEST_TIMEOUT_MS;
  });
}
