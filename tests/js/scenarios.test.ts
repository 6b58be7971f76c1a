import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withEmulator } from './connected.js';
import { lines, ScenarioHost } from './scenario-host.js';
import type { Step } from './scenario-host.js';

interface Scenario {
  name: string;
  steps: Step[];
}

const table = readFileSync(new URL('../scenarios.json', import.meta.url), 'utf8');
const { scenarios } = JSON.parse(table) as { scenarios: Scenario[] };
const { emulator, folder } = withEmulator({ delays: true });

describe('the Node host returns the same results as the other hosts', () => {
  it.each(scenarios)('$name', async ({ steps }) => {
    await emulator().post('limits', { on: false });
    const host = new ScenarioHost(emulator(), join(folder(), `${randomUUID()}.db`));
    try {
      for (const [number, step] of steps.entries()) {
        const came = await host.act(step);
        expect(`${number} ${step.act}\n${came}`).toBe(`${number} ${step.act}\n${lines(step.gives ?? {})}`);
      }
    } finally {
      await host.close();
    }
  });
});
