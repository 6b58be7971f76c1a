// Runs the suites of `npm test` concurrently.

import { StepFailed } from './run.mjs';

/** @typedef {{ run: () => Promise<unknown>, uses?: string }} Suite `uses`: suites that use the same resource run one after another */

/**
 * Runs the suites. Resolves to the duration and the outcome of each suite, in the order in which they finish. Starts the suites
 * in the given order, at most `atOnce` at the same time. A failed suite does not stop the others.
 *
 * @param {Record<string, Suite>} suites
 * @param {{ atOnce: number, names: string[] }} options
 */
export async function runSuites(suites, { atOnce, names }) {
  const waiting = [...names];
  const used = new Set();
  const running = new Set();
  const results = [];

  const play = async (name) => {
    const started = performance.now();
    let passed = true;
    try {
      await suites[name].run();
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      console.error(`  ${error.message}`);
      passed = false;
    }
    results.push({ name, passed, seconds: (performance.now() - started) / 1000 });
  };
  const start = (name) => {
    const { uses } = suites[name];
    waiting.splice(waiting.indexOf(name), 1);
    if (uses !== undefined) used.add(uses);
    const playing = play(name).finally(() => {
      used.delete(uses);
      running.delete(playing);
    });
    running.add(playing);
  };
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < atOnce ? waiting.find((name) => !used.has(suites[name].uses)) : undefined;
    if (next === undefined) await Promise.race(running);
    else start(next);
  }
  return results;
}
