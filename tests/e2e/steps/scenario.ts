import { mergeTests, type Page } from '@playwright/test';
import { createBdd, test as bdd } from 'playwright-bdd';
import { emulator, test as world } from '../world.js';

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

/** What one step leaves for the steps after it. */
export interface Told {
  /** A callback that TikTok has answered and nobody has opened. */
  callback?: string;
  cookies?: Cookies;
  /** Sealed tokens as they were stored before. */
  stored?: unknown[];
  /** Status of the newest answer. */
  status?: number;
  body?: unknown;
  /** Another tab or another person's browser. */
  other?: Page;
  video?: { path: string; sha256: string; bytes: number };
  /** TikTok's record ended here. */
  seq?: number;
}

export interface RecordedRequest {
  seq: number;
  endpoint: string | null;
  status: number;
  faulted: boolean;
}

export const requests = async () => (await emulator<{ requests: RecordedRequest[] }>('requests')).requests;

/** Each scenario has a memory of its own. */
export const test = mergeTests(bdd, world).extend<{ told: Told }>({
  told: async ({}, use) => {
    const told: Told = {};
    await use(told);
    await told.other?.context().close().catch(() => {});
  },
});

export const { Given, When, Then } = createBdd(test);
