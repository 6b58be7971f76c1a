import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An error response from Redis; `word` is its first word, for example `WRONGPASS`. */
export class RedisRefusal extends Error {
  constructor(readonly word: string) {
    super(word);
  }
}

/**
 * Sends INFO to Redis and resolves to its fields. The addon's Redis client does not support this command. Parses only the reply types
 * that AUTH and INFO return.
 */
export async function redisInfo(url: URL, patienceMs: number, ca: string[] = []): Promise<Map<string, string>> {
  const socket = open(url, ca);
  socket.setTimeout(patienceMs, () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  try {
    const answers = replies(socket);
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    if (password !== '') await ask(socket, answers, user === '' ? ['AUTH', password] : ['AUTH', user, password]);
    const text = await ask(socket, answers, ['INFO']);
    const lines = text.split('\r\n').filter((line) => line.includes(':'));
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  } finally {
    socket.destroy();
  }
}

function open({ protocol, hostname, port }: URL, ca: string[]): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = { host, port: Number(port || 6379) };
  return protocol === 'rediss:' ? connectTls({ ...address, servername: host, ca }) : connect(address);
}

async function ask(socket: Socket, answers: AsyncIterator<string>, words: string[]): Promise<string> {
  const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  socket.write(`*${words.length}\r\n${bulk.join('')}`);
  const { value, done } = await answers.next();
  if (done === true) throw Object.assign(new Error('closed'), { code: 'ECONNRESET' });
  return value;
}

/** Yields the replies in order: `+OK`, `-ERR ..`, or `$<bytes>` followed by that number of bytes. */
async function* replies(socket: Socket): AsyncGenerator<string> {
  let left = Buffer.alloc(0);
  for await (const piece of socket) {
    left = Buffer.concat([left, piece as Buffer]);
    for (;;) {
      const end = left.indexOf('\r\n');
      if (end === -1) break;
      const head = left.toString('latin1', 0, end);
      if (head.startsWith('-')) throw new RedisRefusal(head.slice(1).split(' ')[0] ?? '');
      const from = end + 2;
      if (head.startsWith('+')) {
        yield head.slice(1);
        left = left.subarray(from);
        continue;
      }
      const length = /^\$\d{1,7}$/.test(head) ? Number(head.slice(1)) : Number.NaN;
      if (Number.isNaN(length)) throw Object.assign(new Error('not Redis'), { code: 'its response does not follow the Redis protocol' });
      if (left.length < from + length + 2) break;
      yield left.toString('utf8', from, from + length);
      left = left.subarray(from + length + 2);
    }
  }
}
