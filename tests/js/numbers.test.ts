import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { control } from '../../js/emulator/control.js';
import { encode } from '../../js/text/encode.js';
import { wholeNumber } from '../../js/cli/usage.js';
import { wholeNumber as inQuery } from '../../js/http/query.js';
import { Client, ToklinkError } from '../../js/index.js';
import type { PublishPhotosInput } from '../../js/index.js';
import { options, withEmulator } from './connected.js';

const { emulator } = withEmulator();
let client: Client;
beforeEach(() => {
  client = new Client(options(emulator()));
});
afterEach(() => client.close());

const VIDEO = { file: 'none.mp4', privacyLevel: 'SELF_ONLY' } as const;
const PHOTOS: PublishPhotosInput = { urls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };
const WRONG = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1.5];

/** Every numeric option of the client, with the name that the error must contain. */
const NUMBERS: [string, (value: number) => unknown][] = [
  ['coverTimestampMs', (value) => client.publishVideo('a', { ...VIDEO, coverTimestampMs: value })],
  ['source.size', (value) => client.publishVideo('a', { source: { stream: new Blob([]).stream(), size: value }, privacyLevel: 'SELF_ONLY' })],
  ['coverIndex', (value) => client.publishPhotos('a', { ...PHOTOS, coverIndex: value })],
  ['cursor', (value) => client.listVideos('a', { cursor: value })],
  ['maxCount', (value) => client.listVideos('a', { maxCount: value })],
  ['maxConcurrency', (value) => client.collectMetrics({ maxConcurrency: value })],
  ['limit', (value) => client.collectMetrics({ limit: value })],
  ['timeLimitMs', (value) => client.resealAccounts({ timeLimitMs: value })],
  ['maxConcurrency', (value) => client.startBackgroundRefresh({ maxConcurrency: value })],
  ['toleranceSec', (value) => client.verifyWebhook('t=1,s=a', Buffer.from('{}'), { toleranceSec: value })],
  ['userInfoSec', (value) => new Client({ ...options(emulator()), cache: { userInfoSec: value } })],
  ['videosSec', (value) => new Client({ ...options(emulator()), cache: { videosSec: value } })],
];

async function errorOf(work: () => unknown): Promise<ToklinkError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(ToklinkError);
    return error as ToklinkError;
  }
  throw new Error('nothing was refused');
}

describe('numeric options', () => {
  it.each(NUMBERS.flatMap(([name, call]) => WRONG.map((value) => [name, value, call] as const)))('rejects %s with the value %d', async (name, value, call) => {
    const error = await errorOf(() => call(value));
    expect(['INVALID_INPUT', 'CONFIG']).toContain(error.code);
    expect(error.message.split(/[ ;:.]+/)).toContain(name.split('.').at(-1));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('rejects %d for an emulator option by name', async (value) => {
    const message = expect.stringMatching(new RegExp(`advanceMs.*${value}`)) as string;
    await expect(control('http://127.0.0.1:1', 'clock', { advanceMs: value })).rejects.toMatchObject({ code: 'INVALID_INPUT', message });
    const times = expect.stringMatching(new RegExp(`\\[0\\]\\.times.*${value}`)) as string;
    await expect(control('http://127.0.0.1:1', 'faults', [{ endpoint: 'status', times: value }])).rejects.toMatchObject({ message: times });
  });

  it.each(['', ' ', 'NaN', 'Infinity', '-1', '1.5', '1e3', '0x10', ' 5', '٣'])('rejects the number %j on the command line', (text) => {
    expect(() => wholeNumber('--cover-ms', 0)(text)).toThrow(/--cover-ms/);
  });

  it.each([' ', 'NaN', 'Infinity', '-1', '1.5', '1e3', '0x10', ' 5'])('rejects the number %j in a query', (text) => {
    expect(() => inQuery(new URLSearchParams({ maxCount: text }), 'maxCount', 0, 100)).toThrow(/maxCount/);
  });
});

describe('text options', () => {
  it.each<[string, number, () => unknown]>([
    ['input.title', 2, () => client.publishVideo('a', { ...VIDEO, title: 'ab\ud83c' })],
    ['input.title', 3, () => client.publishVideo('a', { ...VIDEO, title: '🎬x\udfac' })],
    ['input.description', 0, () => client.publishPhotos('a', { ...PHOTOS, description: '\udfac\ud83c' })],
    ['input.urls[1]', 8, () => client.publishPhotos('a', { ...PHOTOS, urls: ['https://a.test/1.jpg', 'https://\ud800'] })],
    ['account.accountId', 0, () => client.userInfo('\ud800')],
    ['options.idempotencyKey', 1, () => client.publishVideo('a', VIDEO, { idempotencyKey: 'k\ud800' })],
    ['returnTo', 1, () => client.beginLogin({ userId: 'u', returnTo: '/\ud800' })],
    ['place.tenant', 0, () => client.seal({ tenant: '\ud800', accountId: 'a', field: 'f' }, 'text')],
    ['text', 0, () => client.seal({ accountId: 'a', field: 'f' }, '\ud800secret')],
    ['clientKey', 2, () => new Client({ ...options(emulator()), clientKey: 'aw\ud800' })],
  ])('rejects %s with an unpaired surrogate at index %d', async (field, at, call) => {
    const error = await errorOf(call);
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message.split(' ')).toEqual(expect.arrayContaining([field, String(at)]));
    expect(error.message).not.toContain('secret');
  });
});

describe('encode', () => {
  it('keeps every value that JSON can represent', () => {
    const input = { a: [1, '🎬', null, { at: new Date(0) }], b: undefined };
    expect(encode('op', input)).toBe(JSON.stringify(input));
  });

  it('rejects a cycle and a BigInt', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const bad of [cycle, { big: 1n }]) expect(() => encode('op', bad)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', operation: 'op' }));
  });
});
