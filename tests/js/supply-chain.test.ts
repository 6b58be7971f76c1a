import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Options {
  check: () => Promise<never>;
  onGitHub: boolean;
  say?: (line: string) => void;
}
const { advisories } = (await import('../../scripts/lib/advisories.mjs' as string)) as {
  advisories: (options: Options) => Promise<void>;
};
const { StepFailed } = (await import('../../scripts/lib/run.mjs' as string)) as {
  StepFailed: new (message: string, output: string) => Error;
};

const lines = ['ci', 'release'].flatMap((name) =>
  readFileSync(new URL(`../../.github/workflows/${name}.yml`, import.meta.url), 'utf8').split('\n'),
);

describe('GitHub workflows', () => {
  it('workflows pin every action to a commit and state its version', () => {
    const used = lines.filter((line) => /\buses:/.test(line));
    expect(used.length).toBeGreaterThan(10);
    for (const line of used) expect(line).toMatch(/uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|master, \d{4}-\d\d-\d\d)$/);
  });

  it('workflows build only with the lock file', () => {
    const builds = lines.filter((line) => /\b(cargo (test|check|build|install|fetch|\$\{\{)|napi build)/.test(line));
    expect(builds.length).toBeGreaterThan(4);
    for (const line of builds) expect(line).toContain('--locked');
  });

  it('workflows install tools in pinned versions', () => {
    const tools = lines.filter((line) => /pip3 install/.test(line)).flatMap((line) => line.split(' install ')[1]!.split(' '));
    for (const tool of tools.filter((word) => !word.startsWith('--'))) expect(tool).toMatch(/^[\w-]+==[\d.]+$/);
    for (const line of lines.filter((text) => /cargo install/.test(text))) expect(line).toMatch(/@\d+\.\d+\.\d+$/);
  });
});

describe('the advisories suite', () => {
  const failing = (output: string) => async (): Promise<never> => {
    throw new StepFailed('failed', output);
  };
  const NO_TOOL = 'error: no such command: `deny`';
  const NO_REGISTRY = 'npm error audit endpoint returned an error';

  it.each([NO_TOOL, NO_REGISTRY])('reports a check that cannot run and fails on GitHub: %s', async (output) => {
    const said: string[] = [];
    await advisories({ check: failing(output), onGitHub: false, say: (line: string) => said.push(line) });
    expect(said).toHaveLength(3);
    for (const line of said) expect(line).toContain('NOT CHECKED');
    await expect(advisories({ check: failing(output), onGitHub: true })).rejects.toThrow(StepFailed);
  });

  it('fails for a finding in any environment', async () => {
    await expect(advisories({ check: failing('error[vulnerability]'), onGitHub: false })).rejects.toThrow(StepFailed);
  });
});
