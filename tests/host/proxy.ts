import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  origin: string;
  /** Sets the servers that receive requests in turn. */
  serve(targets: string[]): void;
  stop(): Promise<void>;
}

/** Starts a load balancer without sticky sessions. Each request goes to the next server, which the header `x-instance` names. */
export async function startProxy(): Promise<Proxy> {
  let targets: URL[] = [];
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const index = turn++ % targets.length;
    const { method, url: path, headers } = incoming;
    const target = targets[index];
    if (target === undefined) return void outgoing.writeHead(503).end();
    const forward = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-instance': String(index) });
      answer.pipe(outgoing);
    });
    forward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forward.destroy());
    incoming.pipe(forward);
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (urls) => void (targets = urls.map((url) => new URL(url))),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
