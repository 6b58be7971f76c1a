import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type Loopback, type Reply } from '../../js/cli/loopback.js';

const DONE: Reply = { status: 200, title: 'Connected', words: 'Done', done: true };
let page: Loopback;
let asked: string[];
let answer: (callback: string) => Promise<Reply>;

beforeEach(async () => {
  asked = [];
  answer = async () => DONE;
  page = await listen((callback) => (asked.push(callback), answer(callback)));
});
afterEach(() => page.close());

/** Sends a raw request; resolves to the raw response. */
async function send(line: string, headers = [`Host: ${new URL(page.redirectUri).host}`]): Promise<string> {
  const socket = connect(Number(new URL(page.redirectUri).port), '127.0.0.1');
  socket.end([line, ...headers, 'Connection: close', '', ''].join('\r\n'));
  return text(socket);
}

describe('the callback page of a command-line login', () => {
  it.each(['//[', '//[/callback', '/callback/', '/callback%2f', '/%63allback', '/x/../callback', '//callback', '*', '/'])('responds with 404 to %s', async (target) => {
    expect(await send(`GET ${target} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 404 /);
    expect(asked).toEqual([]);
  });

  it.each([['evil.example'], ['127.0.0.1'], ['localhost:1']])('responds with 404 to the host %s', async (host) => {
    expect(await send('GET /callback?code=1 HTTP/1.1', [`Host: ${host}`])).toMatch(/^HTTP\/1\.1 404 /);
    expect(asked).toEqual([]);
  });

  it('passes the whole URL to the handler and then ends', async () => {
    expect(await send('GET /callback?code=a%2Fb&state=s HTTP/1.1')).toMatch(/^HTTP\/1\.1 200 /);
    expect(asked).toEqual([`${page.redirectUri}?code=a%2Fb&state=s`]);
    await page.finished;
  });

  it('responds with 500 and keeps waiting when the handler rejects', async () => {
    answer = () => Promise.reject(new Error('s3cret'));
    const reply = await send('GET /callback?code=1 HTTP/1.1');
    expect(reply).toMatch(/^HTTP\/1\.1 500 /);
    expect(reply).not.toContain('s3cret');
    answer = async () => DONE;
    expect(await send('GET /callback?code=2 HTTP/1.1')).toMatch(/^HTTP\/1\.1 200 /);
  });
});
