import { addonFault, machineName } from '../../native/load.js';
import { VERSION } from '../../version.js';
import { ok, sentence, wrong } from './finding.js';
import type { Finding } from './finding.js';

/** Checks the version of Node and the addon for this machine. */
export function runtime(node: string = process.versions.node): Finding[] {
  return [nodeVersion(node), addon()];
}

/** Checks a version against the range of `engines` in package.json. */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (fits) return ok('Node.js', version);
  return wrong('Node.js', `${version}, which toklink does not support`, 'Install Node.js 20.19, 22.12 or newer.');
}

function addon(): Finding {
  const fault = addonFault();
  if (fault !== null) return wrong('native addon', fault.problem, sentence(fault.fix));
  return ok('native addon', `toklink-native ${VERSION} for ${machineName()}`);
}
