import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Output } from '../../js/cli/output.js';
import { progressBar } from '../../js/cli/progress.js';
import type { PublishProgress } from '../../js/types.js';

const HALF: PublishProgress = {
  phase: 'sending',
  publishId: 'v_pub.1',
  bytesSent: 5_000_000,
  totalBytes: 10_000_000,
  bytesPerSecond: 1_000_000,
  remainingMs: 4100,
};

describe('progress on a terminal', () => {
  const { isTTY } = process.stderr;
  let shown = '';

  beforeEach(() => {
    shown = '';
    process.stderr.isTTY = true;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      shown += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.stderr.isTTY = isTTY;
  });

  it('prints a bar with bytes, rate and remaining time', () => {
    const bar = progressBar(new Output(false));
    bar.show({ ...HALF, bytesSent: 0 });
    bar.show(HALF);
    bar.stop();
    for (const word of ['50%', '5.0 MB of 10.0 MB', '1.0 MB/s', '5 s left', 'sending']) expect(shown).toContain(word);
  });

  it('shows no remaining time when nothing is sent', () => {
    progressBar(new Output(false)).stop();
    expect(shown).toBe('');
    const bar = progressBar(new Output(false));
    bar.show({ ...HALF, phase: 'processing', bytesSent: 10_000_000 });
    bar.stop();
    expect(shown).toContain('100%');
    expect(shown).not.toMatch(/sending|\d s left/);
  });

  it('prints one line per phase with --json', () => {
    const bar = progressBar(new Output(true));
    bar.show(HALF);
    bar.show({ ...HALF, bytesSent: 9_000_000 });
    bar.show({ ...HALF, phase: 'published', bytesSent: 10_000_000 });
    const lines = [expect.stringMatching(/^sending .*5\.0 MB.*10\.0 MB/), expect.stringMatching(/10\.0 MB.*10\.0 MB/)];
    expect(shown.trimEnd().split('\n')).toEqual(lines);
  });
});
