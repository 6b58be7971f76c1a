import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ORIGIN, withHost } from './host.js';
import { BOUNDARY } from './uploads.js';

describe('an upload over a real connection', () => {
  const host = withHost();

  /** Serves the publish route as a framework does. */
  async function served(): Promise<{ port: number; arrived: Promise<IncomingMessage> }> {
    let arrive = (_request: IncomingMessage): void => {};
    const arrived = new Promise<IncomingMessage>((resolve) => (arrive = resolve));
    const server = createServer((incoming, outgoing) => {
      arrive(incoming);
      const url = new URL(incoming.url ?? '/', ORIGIN);
      const headers = new Headers(incoming.headers as Record<string, string>);
      const body = Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>;
      const request = new Request(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
      void host().routes.publish(request).then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(await response.text());
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return { port: (server.address() as AddressInfo).port, arrived };
  }

  it('responds to a slow upload and closes its connection', async () => {
    const { port, arrived } = await served();
    const socket = connect(port, '127.0.0.1');
    const head = [
      'POST /api/social/tiktok/publish?accountId=open-1 HTTP/1.1',
      'host: internal',
      `origin: ${ORIGIN}`,
      `content-type: multipart/form-data; boundary=${BOUNDARY}`,
      'content-length: 1000000',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n--${BOUNDARY}\r\n`);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed = once(socket, 'close');
    await arrived;
    await vi.waitFor(() => expect(host().clock.waiting).toBe(1));
    host().clock.advance(60_000);
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('"code":"SLOW"');
  });
});
