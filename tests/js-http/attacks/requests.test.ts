import { describe } from 'vitest';
import { attacks, ORIGIN, type Attack, type World } from './world.js';

const disconnect = (w: World, headers: Record<string, string>, body: unknown = { accountId: w.mine }) => w.post('disconnect', body, headers);
const foreign = (name: string, origin: string | undefined): Attack => [
  `${name} disconnects an account (request forgery)`,
  (w) => (origin === undefined ? w.send('disconnect', { method: 'POST', body: JSON.stringify({ accountId: w.mine }) }) : disconnect(w, { origin })),
  { status: 403, body: { code: 'FOREIGN_ORIGIN' } },
];

describe('attacks on changing requests', () => {
  attacks([
    foreign('another site', 'https://evil.example'),
    foreign('a site with the same name prefix', `${ORIGIN}.evil.example`),
    foreign('the same host without TLS', ORIGIN.replace('https', 'http')),
    foreign('the same host on another port', `${ORIGIN}:8443`),
    foreign('a sandboxed frame', 'null'),
    foreign('a client without an Origin header', undefined),
    [
      "a form on another site sends plain text without a preflight",
      (w) => disconnect(w, { origin: 'https://evil.example', 'content-type': 'text/plain' }),
      { status: 403 },
    ],
    ['a viewer disconnects an account', (w) => w.post('disconnect', { accountId: w.mine }, {}, 'victor'), { status: 403, body: { code: 'FORBIDDEN' } }],
    ['a stranger disconnects an account', (w) => w.post('disconnect', { accountId: w.mine }, {}, 'mallory'), { status: 403 }],
    ['a visitor without a session disconnects an account', (w) => w.post('disconnect', { accountId: w.mine }, {}, null), { status: 401 }],
    ["a user disconnects another workspace's account", (w) => disconnect(w, {}, { accountId: w.theirs }), { status: 403 }],
    ["a user sends another workspace's account with workspace ws1", (w) => disconnect(w, {}, { accountId: w.theirs, workspaceId: 'ws1' }), { status: 404 }],
    ['the ids are lists', (w) => disconnect(w, {}, { accountId: [w.mine], workspaceId: ['ws1'] }), { status: 400 }],
    ['the account id is a property of __proto__', (w) => w.post('disconnect', `{"__proto__":{"accountId":"${w.mine}"}}`), { status: 400 }],
    ['the body is larger than allowed', (w) => disconnect(w, {}, { accountId: 'a'.repeat(5000) }), { status: 413 }],
    ['the body is not JSON', (w) => w.post('disconnect', `accountId=${w.mine}`), { status: 400 }],
    ['a GET request disconnects an account', (w) => w.send(`disconnect?accountId=${w.mine}`), { status: 405 }],
  ]);
});

describe('attacks on reading requests', () => {
  attacks([
    ['a stranger reads metrics', (w) => w.send(`metrics?accountId=${w.mine}`, { as: 'mallory' }), { status: 403 }],
    ["a user reads another workspace's account with workspace ws1", (w) => w.send(`metrics?accountId=${w.theirs}&workspaceId=ws1`), { status: 404 }],
    ['the account id contains SQL', (w) => w.send(`metrics?accountId=${encodeURIComponent("' OR 1=1 --")}`), { status: 404 }],
    ['the account id is a path', (w) => w.send('videos?accountId=..%2F..%2Fetc%2Fpasswd'), { status: 404 }],
    ['the query has two account ids, one of another workspace', (w) => w.send(`creator?accountId=${w.theirs}&accountId=${w.mine}`), { status: 403 }],
    ['the video id contains SQL', (w) => w.send(`metrics?accountId=${w.mine}&videoId=1;drop`), { status: 404 }],
    ['the cursor is negative', (w) => w.send(`videos?accountId=${w.mine}&cursor=-1`), { status: 400 }],
    ['the page size is a billion', (w) => w.send(`videos?accountId=${w.mine}&maxCount=1e9`), { status: 400 }],
    ['the history is longer than allowed', (w) => w.send(`metrics/history?accountId=${w.mine}&days=99999`), { status: 400 }],
    ['a viewer reads the creator\'s options', (w) => w.send(`creator?accountId=${w.mine}`, { as: 'victor' }), { status: 403 }],
    ['a signed-in user starts the metrics job', (w) => w.send('metrics/collect', { as: 'olivia' }), { status: 401 }],
    [
      'a caller sends only part of the scheduler secret',
      (w) => w.send('metrics/collect', { headers: { authorization: 'Bearer the-secret-of-the-schedule' } }),
      { status: 401 },
    ],
    ['an attacker requests an unknown verification file', (w) => w.send(`tiktok${'A'.repeat(32)}.txt`, { as: null }), { status: 404 }],
  ]);
});
