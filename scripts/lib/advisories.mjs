// Known vulnerabilities in what is shipped, and the licences and sources of the crates. Both databases are on the network:
// GitHub has it, so there nothing is skipped; elsewhere a check that cannot run says so.

import { DASHBOARD, ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';

const CHECKS = [
  ['crates: advisories, licences, bans and sources', ['cargo', 'deny', '--locked', 'check'], ROOT],
  ['npm packages: advisories', ['npm', 'audit', '--omit=dev'], ROOT],
  ['npm packages of the dashboard: advisories', ['npm', 'audit', '--omit=dev'], DASHBOARD],
];

/** What a tool prints when it never saw the database, which is no word about the dependencies. */
const UNAVAILABLE = [
  [/no such command: `deny`/, 'cargo-deny is not installed: cargo install --locked cargo-deny'],
  [/failed to fetch advisory database/, 'the advisory database was not reached'],
  [/audit endpoint returned an error|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT/, 'the npm registry answers no audit'],
];

/**
 * Runs every check. A finding fails; a check that cannot run fails on GitHub, and is named elsewhere.
 *
 * @param {{ check?: typeof run, onGitHub?: boolean, say?: (line: string) => void }} [options]
 */
export async function advisories({ check = run, onGitHub = process.env.GITHUB_ACTIONS === 'true', say = console.log } = {}) {
  for (const [title, command, cwd] of CHECKS) {
    try {
      await check(title, command, { cwd });
    } catch (error) {
      const reason = error instanceof StepFailed && UNAVAILABLE.find(([pattern]) => pattern.test(error.output))?.[1];
      if (!reason || onGitHub) throw error;
      say(`  NOT CHECKED: ${title} (${reason})`);
    }
  }
}
