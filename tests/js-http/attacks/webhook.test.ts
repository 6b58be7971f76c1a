import { describe } from 'vitest';
import { APP } from '../../js/emulator.js';
import { attacks, REMOVED } from './world.js';

const FORGED = { status: 401, body: { code: 'FORGED' } };
const UNKNOWN = { status: 200, body: { effect: 'nothing_to_do' } };

const ODD = (event: string, content: string): string =>
  JSON.stringify({ client_key: APP.clientKey, event, create_time: Math.floor(Date.now() / 1000), content });

describe('attacks by webhook', () => {
  attacks([
    ['it is not signed', (w) => w.webhook(REMOVED(w.mine), { signature: 'none' }), FORGED],
    ['it is signed with another secret', (w) => w.webhook(REMOVED(w.mine), { secret: 'guess' }), FORGED],
    ['it is signed with an empty secret', (w) => w.webhook(REMOVED(w.mine), { secret: '' }), FORGED],
    ['it is ten minutes old (replay)', (w) => w.webhook(REMOVED(w.mine), { at: -600 }), FORGED],
    ['it comes from the future', (w) => w.webhook(REMOVED(w.mine), { at: 600 }), FORGED],
    ['it is about another app', (w) => w.webhook(REMOVED(w.mine, 'awanother0000001')), FORGED],
    ['its signature is of zeros', (w) => w.webhook(REMOVED(w.mine), { signature: `t=${Math.floor(Date.now() / 1000)},s=${'0'.repeat(64)}` }), FORGED],
    ['its signature is 100,000 characters long', (w) => w.webhook(REMOVED(w.mine), { signature: `t=1,s=${'a'.repeat(100_000)}` }), FORGED],
    ['it is 70,000 bytes long', (w) => w.webhook('x'.repeat(70_000)), { status: 413 }],
    ['it is a link', (w) => w.send('webhook', { as: null }), { status: 405 }],
    ['it is about an unknown account', (w) => w.webhook(REMOVED('unknown')), { status: 200 }],
    // TikTok would redeliver a signed webhook for 72 hours after any other status.
    ['it is the test event of the portal', (w) => w.webhook(ODD('tiktok.ping', 'test webhook')), UNKNOWN],
    ['it is an event without its id', (w) => w.webhook(ODD('post.publish.complete', '{}')), UNKNOWN],
    ['it is signed and not JSON', (w) => w.webhook('test'), UNKNOWN],
    ['it is signed and names no app', (w) => w.webhook('{"event":"authorization.removed","user_openid":"unknown"}'), UNKNOWN],
  ]);
});
