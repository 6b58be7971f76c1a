import { describe, expect, it } from 'vitest';
import { MinimumRate } from '../../js/http/minimum-rate.js';
import { ManualClock } from './clock.js';

/** A clock whose timers fire at whole milliseconds, as timers in Node do. */
class CoarseClock extends ManualClock {
  override after(ms: number, act: () => void): () => void {
    return super.after(Math.max(1, Math.ceil(ms)), act);
  }
}

describe('the minimumRate of an upload', () => {
  it('ends a slow sender whose bytes arrive just before the timer', () => {
    const clock = new CoarseClock();
    const minimumRate = new MinimumRate(clock);
    let slow = false;
    let bytes = 0;
    while (!slow && bytes < 80_000) {
      const end = minimumRate.wait(() => (slow = true));
      clock.advance(0.99);
      end(1);
      bytes++;
    }
    expect({ slow, early: bytes < 60_000 }).toEqual({ slow: true, early: false });
  });

  it('keeps a fast sender when the process was suspended', () => {
    const clock = new ManualClock();
    // In a suspended process, the timer fires after the bytes have arrived.
    const minimumRate = new MinimumRate({ now: () => clock.now(), after: () => () => {} });
    const end = minimumRate.wait(() => {});
    clock.advance(300_000);
    end(20_000);
    let slow = false;
    minimumRate.wait(() => (slow = true));
    expect(slow).toBe(false);
  });
});
