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
    foreign('a site whose name begins alike', `${ORIGIN}.evil.example`),
    foreign('the same host without TLS', ORIGIN.replace('https', 'http')),
    foreign('the same host on another port', `${ORIGIN}:8443`),
    foreign('a sandboxed frame', 'null'),
    foreign('a program without an Origin', undefined),
    [
      "a form of another site that sends plain text, which needs no browser's leave",
      (w) => disconnect(w, { origin: 'https://evil.example', 'content-type': 'text/plain' }),
      { status: 403 },
    ],
    ['a viewer disconnects', (w) => w.post('disconnect', { accountId: w.mine }, {}, 'victor'), { status: 403, body: { code: 'FORBIDDEN' } }],
    ['a stranger disconnects', (w) => w.post('disconnect', { accountId: w.mine }, {}, 'mallory'), { status: 403 }],
    ['a visitor disconnects', (w) => w.post('disconnect', { accountId: w.mine }, {}, null), { status: 401 }],
    ["another workspace's account is disconnected", (w) => disconnect(w, {}, { accountId: w.theirs }), { status: 403 }],
    ["another workspace's account is named with one's own workspace", (w) => disconnect(w, {}, { accountId: w.theirs, workspaceId: 'ws1' }), { status: 404 }],
    ['ids are lists', (w) => disconnect(w, {}, { accountId: [w.mine], workspaceId: ['ws1'] }), { status: 400 }],
    ['ids hide in a prototype', (w) => w.post('disconnect', `{"__proto__":{"accountId":"${w.mine}"}}`), { status: 400 }],
    ['the body is 5,000 bytes', (w) => disconnect(w, {}, { accountId: 'a'.repeat(5000) }), { status: 413 }],
    ['the body is not JSON', (w) => w.post('disconnect', `accountId=${w.mine}`), { status: 400 }],
    ['a link disconnects', (w) => w.send(`disconnect?accountId=${w.mine}`), { status: 405 }],
  ]);
});

describe('attacks on reading requests', () => {
  attacks([
    ['a stranger reads metrics', (w) => w.send(`metrics?accountId=${w.mine}`, { as: 'mallory' }), { status: 403 }],
    ["another workspace's account is read as one's own", (w) => w.send(`metrics?accountId=${w.theirs}&workspaceId=ws1`), { status: 404 }],
    ['an account id is a piece of SQL', (w) => w.send(`metrics?accountId=${encodeURIComponent("' OR 1=1 --")}`), { status: 404 }],
    ['an account id is a path', (w) => w.send('videos?accountId=..%2F..%2Fetc%2Fpasswd'), { status: 404 }],
    ['an account is named twice, the first a stranger\'s', (w) => w.send(`creator?accountId=${w.theirs}&accountId=${w.mine}`), { status: 403 }],
    ['a video id is a program', (w) => w.send(`metrics?accountId=${w.mine}&videoId=1;drop`), { status: 404 }],
    ['a cursor is negative', (w) => w.send(`videos?accountId=${w.mine}&cursor=-1`), { status: 400 }],
    ['a page is a billion videos', (w) => w.send(`videos?accountId=${w.mine}&maxCount=1e9`), { status: 400 }],
    ['a history is of all time', (w) => w.send(`metrics/history?accountId=${w.mine}&days=99999`), { status: 400 }],
    ['a viewer reads the creator\'s options', (w) => w.send(`creator?accountId=${w.mine}`, { as: 'victor' }), { status: 403 }],
    ['a user acts as the scheduler', (w) => w.send('metrics/collect', { as: 'olivia' }), { status: 401 }],
    [
      'a caller has only a part of the scheduler\'s secret',
      (w) => w.send('metrics/collect', { headers: { authorization: 'Bearer the-secret-of-the-schedule' } }),
      { status: 401 },
    ],
    ['a domain is claimed with a verification file', (w) => w.send(`tiktok${'A'.repeat(32)}.txt`, { as: null }), { status: 404 }],
  ]);
});
