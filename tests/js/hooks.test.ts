import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callSafely } from '../../js/runtime/safe-call.js';
import { Listeners } from '../../js/native/events.js';
import { run } from '../../js/native/operation.js';
import type { NativeClient } from '../../js/native/open.js';

const unhandled = vi.fn();
beforeEach(() => void process.on('unhandledRejection', unhandled));
afterEach(async () => {
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  vi.restoreAllMocks();
  expect(unhandled).not.toHaveBeenCalled();
});

const FAILS: [string, () => unknown][] = [
  ['throws', () => { throw new Error('broken hook'); }],
  ['rejects', () => Promise.reject(new Error('broken hook'))],
  ['rejects with undefined', () => Promise.reject(undefined)],
  ['rejects with an object without text', () => Promise.reject(Object.create(null))],
  ['throws an error without a message', () => { throw Object.defineProperty(new Error(), 'message', { get: () => { throw new Error('no message'); } }); }],
];

describe('a failing function of the host', () => {
  it.each(FAILS)('callSafely reports a host function once when it %s', async (_how, fail) => {
    const failed = vi.fn();
    callSafely(fail, failed);
    await new Promise(setImmediate);
    expect(failed).toHaveBeenCalledTimes(1);
  });

  it.each(FAILS)('emits one warning when onProgress %s', async (_how, fail) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const client = {
      call: async (_name: string, _input: string, _id: number, report: (text: string) => void) => {
        report(JSON.stringify({ seq: 1, progress: {} }));
        report(JSON.stringify({ seq: 2, progress: {} }));
        return JSON.stringify({ ok: 'done' });
      },
      cancel: () => {},
    } as unknown as NativeClient;
    expect(await run(client, 'publishVideo', {}, { onProgress: fail })).toBe('done');
    await new Promise(setImmediate);
    expect(warning).toHaveBeenCalledTimes(1);
    expect(String(warning.mock.calls[0]?.[0])).toContain('onProgress');
  });

  it.each(FAILS)('emits one warning when an event listener %s', async (_how, fail) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const listeners = new Listeners();
    listeners.add('refreshed', fail as () => void);
    listeners.tell({ type: 'refreshed' } as never);
    await new Promise(setImmediate);
    expect(warning).toHaveBeenCalledTimes(1);
  });
});
