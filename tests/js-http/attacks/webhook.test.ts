import { describe } from 'vitest';
import { APP } from '../../js/emulator.js';
import { attacks, REMOVED } from './world.js';

const FORGED = { status: 401, body: { code: 'FORGED' } };
const UNKNOWN = { status: 200, body: { effect: 'nothing_to_do' } };

const ODD = (event: string, content: string): string =>
  JSON.stringify({ client_key: APP.clientKey, event, create_time: Math.floor(Date.now() / 1000), content });

describe('attacks by webhook', () => {
  attacks([
    ['the webhook is not signed', (w) => w.webhook(REMOVED(w.mine), { signature: 'none' }), FORGED],
    ['the webhook is signed with another secret', (w) => w.webhook(REMOVED(w.mine), { secret: 'guess' }), FORGED],
    ['the webhook is signed with an empty secret', (w) => w.webhook(REMOVED(w.mine), { secret: '' }), FORGED],
    ['the webhook is ten minutes old (replay)', (w) => w.webhook(REMOVED(w.mine), { at: -600 }), FORGED],
    ['the webhook has a timestamp in the future', (w) => w.webhook(REMOVED(w.mine), { at: 600 }), FORGED],
    ['the webhook names another app', (w) => w.webhook(REMOVED(w.mine, 'awanother0000001')), FORGED],
    ['the signature consists of zeros', (w) => w.webhook(REMOVED(w.mine), { signature: `t=${Math.floor(Date.now() / 1000)},s=${'0'.repeat(64)}` }), FORGED],
    ['the signature has 100,000 characters', (w) => w.webhook(REMOVED(w.mine), { signature: `t=1,s=${'a'.repeat(100_000)}` }), FORGED],
    ['the webhook has 70,000 bytes', (w) => w.webhook('x'.repeat(70_000)), { status: 413 }],
    ['the webhook is a GET request', (w) => w.send('webhook', { as: null }), { status: 405 }],
    ['the webhook names an unknown account', (w) => w.webhook(REMOVED('unknown')), { status: 200 }],
    // TikTok would redeliver a signed webhook for 72 hours after any other status.
    ['the webhook is the test event of the developer portal', (w) => w.webhook(ODD('tiktok.ping', 'test webhook')), UNKNOWN],
    ['the signed event has no publish id', (w) => w.webhook(ODD('post.publish.complete', '{}')), UNKNOWN],
    ['the signed body is not JSON', (w) => w.webhook('test'), UNKNOWN],
    ['the signed body names no app', (w) => w.webhook('{"event":"authorization.removed","user_openid":"unknown"}'), UNKNOWN],
  ]);
});
