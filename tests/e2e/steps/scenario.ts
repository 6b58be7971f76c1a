import { mergeTests, type Page } from '@playwright/test';
import { createBdd, test as bdd } from 'playwright-bdd';
import { emulator, test as world } from '../world.js';

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

/** The state that steps pass to later steps. */
export interface Told {
  /** The URL of a callback that is not opened yet. */
  callback?: string;
  cookies?: Cookies;
  /** The encrypted tokens that the database contained before. */
  stored?: unknown[];
  /** The status of the last response. */
  status?: number;
  body?: unknown;
  /** Another tab, or the browser of another user. */
  other?: Page;
  video?: { path: string; sha256: string; bytes: number };
  /** The sequence number of the last recorded request. */
  seq?: number;
}

export interface RecordedRequest {
  seq: number;
  endpoint: string | null;
  status: number;
  faulted: boolean;
}

export const requests = async () => (await emulator<{ requests: RecordedRequest[] }>('requests')).requests;

/** Gives each scenario its own state. */
export const test = mergeTests(bdd, world).extend<{ told: Told }>({
  told: async ({}, use) => {
    const told: Told = {};
    await use(told);
    await told.other?.context().close().catch(() => {});
  },
});

export const { Given, When, Then } = createBdd(test);
