import { describe, expect, it } from 'vitest';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { runSuites } from '../../scripts/lib/schedule.mjs';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { StepFailed } from '../../scripts/lib/run.mjs';

/** Creates suites that run until the test releases them. `names` returns the running suites. */
function controlled(uses: Record<string, string | undefined>) {
  const running = new Map<string, (error?: Error) => void>();
  const suites = Object.fromEntries(
    Object.keys(uses).map((name) => {
      const run = () =>
        new Promise<void>((resolve, reject) => running.set(name, (error) => (running.delete(name), error ? reject(error) : resolve())));
      return [name, { run, uses: uses[name] }];
    }),
  );
  const release = async (name: string, error?: Error) => {
    running.get(name)?.(error);
    // The next suite starts in a promise callback.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { suites, release, names: () => [...running.keys()] };
}

describe('runSuites', () => {
  it('runs suites in order and in parallel up to the limit', async () => {
    const { suites, release, names } = controlled({ a: undefined, b: undefined, c: undefined });
    const ended = runSuites(suites, { atOnce: 2, names: ['a', 'b', 'c'] });
    expect(names()).toEqual(['a', 'b']);
    await release('b');
    expect(names()).toEqual(['a', 'c']);
    await release('c');
    await release('a');
    expect((await ended).map(({ name }: { name: string }) => name)).toEqual(['b', 'c', 'a']);
  });

  it('runs suites that share a resource one after another', async () => {
    const { suites, release, names } = controlled({ a: 'cargo', b: 'cargo', c: undefined });
    const ended = runSuites(suites, { atOnce: 3, names: ['a', 'b', 'c'] });
    expect(names()).toEqual(['a', 'c']);
    await release('a');
    expect(names()).toEqual(['c', 'b']);
    await release('b');
    await release('c');
    await ended;
  });

  it('runs all suites even if one fails', async () => {
    const { suites, release } = controlled({ a: undefined, b: undefined });
    const ended = runSuites(suites, { atOnce: 1, names: ['a', 'b'] });
    await release('a', new StepFailed('wrong'));
    await release('b');
    expect(await ended).toMatchObject([{ name: 'a', passed: false }, { name: 'b', passed: true }]);
  });
});
