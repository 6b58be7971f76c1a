import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ToklinkError } from '../errors.js';

/** The response to the browser. `done` ends the wait for the callback. */
export interface Reply {
  status: number;
  title: string;
  words: string;
  done: boolean;
}

/** A loopback server that waits for TikTok's redirect. */
export interface Loopback {
  redirectUri: string;
  /** Resolves after the browser has received a reply with `done`. */
  finished: Promise<void>;
  close(): void;
}

const BROKEN: Reply = {
  status: 500,
  title: 'Not connected',
  words: 'toklink could not handle this request. Use the URL in the terminal.',
  done: false,
};

const ANY_PORT = new URL('http://127.0.0.1:0/callback');

/** Listens at `url` (default: any free port), and calls `answer` with the full URL of each request to its path. */
export async function listen(
  answer: (callback: string) => Promise<Reply>,
  url: URL = ANY_PORT,
): Promise<Loopback> {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const server = createServer((request, response) => {
    const target = request.url ?? '';
    const [path = ''] = target.split('?', 1);
    // Compare text instead of parsing the target: browsers always send the path in this form, and a parser may throw.
    if (request.method !== 'GET' || path !== url.pathname || !isOwnHost(request)) {
      send(response, { status: 404, title: 'Not found', words: 'toklink waits for TikTok at another URL. Use the URL in the terminal.', done: false });
      return;
    }
    answer(new URL(redirectUri).origin + target).then(
      (reply) => {
        send(response, reply);
        if (!reply.done) return;
        if (response.closed) finish();
        else response.once('close', finish);
      },
      () => send(response, BROKEN),
    );
  });
  const port = await open(server, url);
  const redirectUri = url === ANY_PORT ? `http://127.0.0.1:${port}${url.pathname}` : url.href;
  // Rejects pages on another domain that resolves to this machine, which must not reach the login. Browsers omit port 80.
  const ownHost = new URL(redirectUri).host;
  const isOwnHost = ({ headers }: IncomingMessage) => headers.host === ownHost || headers.host === `${ownHost}:80`;
  return {
    redirectUri,
    finished,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function open(server: Server, url: URL): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // The listener stays after startup, because an error event without a listener would end the process.
    server.on('error', (cause: NodeJS.ErrnoException) => {
      const message = `toklink cannot listen at ${url.origin} (${cause.code ?? 'refused'}); free the port, or unset TIKTOK_CALLBACK_URL`;
      reject(new ToklinkError({ code: 'CONFIG', owner: 'user', message }, { cause }));
    });
    server.listen(url === ANY_PORT ? 0 : Number(url.port || 80), host, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

function send(response: ServerResponse, { status, title, words }: Reply): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style>
<h1>${escape(title)}</h1><p>${escape(words)}</p></html>
`);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
