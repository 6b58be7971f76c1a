// A proxy between the processes and the emulator. It holds the request or the response of one step until the test releases it. It
// identifies the process behind each connection by its socket, because an upload URL outlives the process that requested it.

import { Agent, createServer, request as send } from 'node:http';
import { ownerOf } from './owner.mjs';
import { stepOf } from './steps.mjs';

/** Idle timeout. It exceeds the duration of any schedule, so that a process finds its connections open when it resumes. */
const IDLE_MS = 600_000;
const HOP_BY_HOP = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding']);

const passedOn = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

async function collect(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

export class Gate {
  #upstream;
  #server;
  #agent = new Agent({ keepAlive: true });
  #owners = new WeakMap();
  /** The next point at which each process stops, by process ID. */
  #stops = new Map();
  url;

  static async open(upstream) {
    const gate = new Gate();
    gate.#upstream = upstream;
    const server = createServer({ keepAliveTimeout: IDLE_MS, requestTimeout: 0, headersTimeout: 0 });
    gate.#server = server;
    server.on('request', (request, response) => void gate.#handle(request, response));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    gate.url = `http://127.0.0.1:${server.address().port}`;
    return gate;
  }

  /**
   * Returns a promise that resolves when the process reaches `point`, such as `init:held`. The result has two
   * functions: `deliver` delivers the message, and `drop` breaks the connection instead.
   */
  stopAt(pid, point) {
    const [step, edge] = point.split(':');
    return new Promise((reached) => this.#stops.set(pid, { step, edge, reached }));
  }

  /** Lets the process pass all points without stopping. */
  forget(pid) {
    this.#stops.delete(pid);
  }

  close() {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #ownerOf(socket) {
    let owner = this.#owners.get(socket);
    if (owner === undefined) {
      owner = ownerOf(socket, [...this.#stops.keys()]);
      if (owner !== undefined) this.#owners.set(socket, owner);
    }
    return owner;
  }

  async #handle(request, response) {
    // A killed process breaks its connections.
    for (const end of [request, response]) end.on('error', () => undefined);
    const pid = this.#stops.size === 0 ? undefined : this.#ownerOf(request.socket);
    const stop = this.#stops.get(pid);
    const here = stop !== undefined && stop.step === stepOf(request) ? stop : null;
    if (here !== null) this.#stops.delete(pid);
    const drop = async () => void request.socket.destroy();
    try {
      if (here?.edge === 'midway') {
        await this.#halve(request, response, here.reached);
        return;
      }
      const body = await collect(request);
      if (here?.edge === 'held') {
        const deliver = async () => this.#answer(response, await this.#forward(request, body));
        here.reached({ deliver, drop });
        return;
      }
      const answer = await this.#forward(request, body);
      if (here === null) this.#answer(response, answer);
      else here.reached({ deliver: async () => this.#answer(response, answer), drop });
    } catch {
      request.socket.destroy();
    }
  }

  /** Forwards half of the body, and the other half once it is released. */
  async #halve(request, response, reached) {
    const half = Math.floor(Number(request.headers['content-length']) / 2);
    const { upstream, answer } = this.#open(request);
    let passed = 0;
    const pieces = request[Symbol.asyncIterator]();
    while (passed < half) {
      const { value, done } = await pieces.next();
      if (done) break;
      upstream.write(value);
      passed += value.length;
    }
    const deliver = async () => {
      try {
        for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) upstream.write(piece.value);
        upstream.end();
        this.#answer(response, await answer);
      } catch {
        // The sender has disconnected, so the other half never arrives.
        upstream.destroy();
        await answer.catch(() => undefined);
      }
    };
    const drop = async () => {
      upstream.destroy();
      request.socket.destroy();
      await answer.catch(() => undefined);
    };
    reached({ deliver, drop });
  }

  #open(request) {
    const { method, url, headers } = request;
    const upstream = send(`${this.#upstream}${url}`, { method, headers: passedOn(headers), agent: this.#agent });
    const answer = new Promise((resolve, reject) => {
      upstream.once('error', reject);
      upstream.once('response', async (reply) => {
        try {
          resolve({ status: reply.statusCode, headers: passedOn(reply.headers), body: await collect(reply) });
        } catch (error) {
          reject(error);
        }
      });
    });
    // Nothing waits for the response to a dropped request.
    answer.catch(() => undefined);
    return { upstream, answer };
  }

  #forward(request, body) {
    const { upstream, answer } = this.#open(request);
    upstream.end(body);
    return answer;
  }

  /** Sends the response. Rewrites upload URLs, so that uploads pass through the gate too. */
  #answer(response, { status, headers, body }) {
    const text = body.toString('latin1').replaceAll(this.#upstream, this.url);
    const changed = Buffer.from(text, 'latin1');
    response.writeHead(status, { ...headers, 'content-length': changed.length });
    response.end(changed);
  }
}
