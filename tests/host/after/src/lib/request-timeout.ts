import { subscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';

/** The maximum time in which a request must arrive. Node's default is 300 s; TikTok accepts the bytes of an upload for an hour. */
const REQUEST_TIMEOUT_MS = 60 * 60 * 1000;

/** Raises the limit of this process's server. `next start` has no option for it, but Node passes the server with each request. */
export function raiseRequestTimeout(): void {
  subscribe('http.server.request.start', (message) => {
    (message as { server: Server }).server.requestTimeout = REQUEST_TIMEOUT_MS;
  });
}
