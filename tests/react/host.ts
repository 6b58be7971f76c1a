import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { Client } from '../../js/index.js';
import { catchAll, createTikTokRoutes, type TikTokRouteOptions } from '../../js/http/index.js';
import type { QuotaKind } from '../../js/types.js';
import { Emulator } from '../js/emulator.js';
import { bundlePage, type ReactVersion } from './bundle.js';

const API = '/api/social/tiktok/';
/** A function that serves all toklink routes. */
type Routes = (request: Request) => Promise<Response>;

/** The start of a JPEG file. The emulator does not read the rest. */
const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 4, 56, 7, 128, 3, 0, 0, 0, 0]);

/** A host of toklink's components, with the real routes on an emulator and a page for each component. */
export class Host {
  private constructor(
    private readonly server: Server,
    private readonly client: Client,
    readonly emulator: Emulator,
    readonly url: string,
  ) {}

  static async start(): Promise<Host> {
    const emulator = await Emulator.start();
    await emulator.post('settings', { processing_delay_ms: 0, moderation_delay_ms: 0 });
    // The tests send more requests than the limits allow.
    await emulator.post('limits', { on: false });
    const pages = { '18': await bundlePage('18'), '19': await bundlePage('19') };
    const styles = await readFile(new URL('../../js/react/styles.css', import.meta.url), 'utf8');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await emulator.post('settings', { pull_from: url });
    const client = new Client({
      clientKey: emulator.env()['TIKTOK_CLIENT_KEY'] ?? '',
      clientSecret: emulator.env()['TIKTOK_CLIENT_SECRET'] ?? '',
      encryptionKey: emulator.env()['TOKEN_ENCRYPTION_KEY'] ?? '',
      apiBaseUrl: emulator.baseUrl,
      authBaseUrl: emulator.baseUrl,
      callbackUrl: `${url}/callback`,
      store: 'memory',
    });
    const options: TikTokRouteOptions = {
      client: () => client,
      auth: () => ({ user: { id: 'olivia' } }),
      permissions: () => {},
      workspaces: { byId: (id) => ({ id, slug: 'acme' }) },
      accounts: {
        find: async (accountId, workspaceId) => [{ accountId, workspaceId: workspaceId ?? 'ws1', status: 'ACTIVE' }],
      },
      env: { NEXTAUTH_URL: url },
    };
    const routes = catchAll(options, createTikTokRoutes(options));
    const host = new Host(server, client, emulator, url);
    server.on('request', (request, response) => {
      host.#breakIn(request);
      void answer(routes, pages, styles, url, request, response).catch(() => response.destroy());
    });
    return host;
  }

  /** Connects one of the emulator's users. Resolves to the account id. */
  async connect(username: string): Promise<string> {
    const login = await this.client.beginLogin({ userId: 'olivia', tenant: 'ws1' });
    const callback = await this.emulator.consent(login.authorizeUrl, { username });
    const cookies = { [login.cookie.name]: login.cookie.value };
    const { account } = await this.client.completeLogin({ callback, cookies, userId: 'olivia' });
    this.client.resetQuota(account);
    return account.accountId;
  }

  /** Counts requests of a kind, as if they had been sent. */
  spend(accountId: string, kind: QuotaKind, times: number): void {
    for (let spent = 0; spent < times; spent += 1) this.client.incrementQuota({ tenant: 'ws1', accountId }, kind);
  }

  /** The number of bytes after which the connection breaks, for each of the next uploads. */
  breaks: number[] = [];

  #breakIn(incoming: IncomingMessage): void {
    const isUpload = new URL(incoming.url ?? '/', this.url).pathname === `${API}publish` && incoming.method !== 'GET';
    const bytes = isUpload ? this.breaks.shift() : undefined;
    if (bytes === undefined) return;
    let seen = 0;
    incoming.on('data', (chunk: Buffer) => {
      seen += chunk.byteLength;
      if (seen >= bytes) incoming.destroy();
    });
    // The listener started the stream; the route reads the body at its own pace.
    incoming.pause();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.client.close();
    await this.emulator.stop();
  }
}

async function answer(
  routes: Routes,
  pages: Record<ReactVersion, string>,
  styles: string,
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', origin);
  if (url.pathname.startsWith(API)) return pass(await routes(request(incoming, url)), outgoing);
  // Serves the photos that TikTok fetches.
  if (url.pathname.endsWith('.jpg')) return pass(new Response(JPEG), outgoing);
  const [, version, file] = /^\/react-(18|19)\/(.*)$/.exec(url.pathname) ?? [];
  if (version === undefined) return pass(new Response('nothing here', { status: 404 }), outgoing);
  const typed = (body: string, type: string) => new Response(body, { headers: { 'content-type': type } });
  if (file === 'page.js') return pass(typed(pages[version as ReactVersion], 'text/javascript'), outgoing);
  if (file === 'styles.css') return pass(typed(styles, 'text/css'), outgoing);
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>toklink/react</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="styles.css">
<style>:root{color-scheme:light dark}body{font:16px system-ui;background:Canvas;color:CanvasText}</style></head>
<body><div id="root"></div><script type="module" src="page.js"></script></body></html>`;
  return pass(typed(html, 'text/html'), outgoing);
}

function request(incoming: IncomingMessage, url: URL): Request {
  const headers = new Headers(incoming.headers as Record<string, string>);
  const method = incoming.method ?? 'GET';
  if (method === 'GET') return new Request(url, { headers });
  const body = Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, body, duplex: 'half' } as RequestInit);
}

async function pass(response: Response, outgoing: ServerResponse): Promise<void> {
  // Closes each connection, because browsers retry a request when a reused connection breaks.
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), connection: 'close' });
  if (response.body === null) return void outgoing.end();
  const body = Readable.fromWeb(response.body as WebStream<Uint8Array>);
  outgoing.once('close', () => body.destroy());
  body.on('error', () => outgoing.destroy());
  body.pipe(outgoing);
}
