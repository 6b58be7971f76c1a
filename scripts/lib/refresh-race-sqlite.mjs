// Runs the refresh race on SQLite: Rust processes of the core share one file, and their clocks follow the emulator's clock.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RACE_WORKER } from './paths.mjs';
import { run } from './run.mjs';

/** Exceeds the duration of a lease. */
const LEASE_AND_MORE_MS = 61_000;

/** Runs `match` in an arena with a separate file. */
export async function onSqlite(match) {
  await run('core processes for the refresh race', ['cargo', 'build', '--workspace', '--example', 'refresh-worker']);
  const folder = await mkdtemp(join(tmpdir(), 'toklink-race-'));
  const file = join(folder, 'store.db');
  const set = (racers, aheadMs) => racers.forEach((racer) => racer.tell({ aheadMs }));
  try {
    await match({
      name: 'SQLite',
      worker: [RACE_WORKER],
      store: file,
      clientStore: { sqlite: file },
      tenant: 'workspace-1',
      userId: 'user-1',
      expire: async ({ racers, aheadMs }) => set(racers, aheadMs),
      // The lease has now expired on all clocks. The next round's clock does not include this minute.
      endLease: async ({ racers, aheadMs }) => {
        set(racers, aheadMs + LEASE_AND_MORE_MS);
        return 1;
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
