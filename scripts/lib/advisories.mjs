// Checks dependencies for known vulnerabilities, and the crates also for licences and sources. Both databases require
// the network. On GitHub every check must run; elsewhere, a check that cannot run is only reported.

import { DASHBOARD, ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';

const CHECKS = [
  ['crates: advisories, licences, bans and sources', ['cargo', 'deny', '--locked', 'check'], ROOT],
  ['npm packages: advisories', ['npm', 'audit', '--omit=dev'], ROOT],
  ['npm packages of the dashboard: advisories', ['npm', 'audit', '--omit=dev'], DASHBOARD],
];

/** Output of tools that could not reach their database. Such output is not a finding. */
const UNAVAILABLE = [
  [/no such command: `deny`/, 'cargo-deny is not installed: cargo install --locked cargo-deny'],
  [/failed to fetch advisory database/, 'the advisory database is unavailable'],
  [/audit endpoint returned an error|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT/, 'the npm registry returned no audit'],
];

/**
 * Runs every check and fails on findings. A check that cannot run fails on GitHub and is only reported elsewhere.
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
