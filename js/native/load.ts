import { load as loadAddon, machine } from 'toklink-native';
import type { Addon } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import { VERSION } from '../version.js';

/** The platforms for which a binary is published, as in `napi.targets` of toklink-native. */
const PUBLISHED = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
];

/** The reason why the addon cannot be used, and how to fix it. */
export interface AddonFault {
  problem: string;
  fix: string;
}

/**
 * Returns the addon. The first call loads it. Only this file imports the addon. Throws CONFIG, with the platform and the fix,
 * when it is missing.
 */
export function load(): Addon {
  const { addon, cause } = loadAddon();
  if (addon !== null) return checked(addon);
  const { problem, fix } = missing(cause);
  throw new ToklinkError({ code: 'CONFIG', message: `${problem}; ${fix}` }, { cause });
}

/** Returns the reason why the addon cannot be used, or `null` when it can be used. */
export function addonFault(): AddonFault | null {
  const { addon, cause } = loadAddon();
  if (addon === null) return missing(cause);
  return versionFault(addon);
}

/** Returns the name of this platform, for example `linux x64 glibc`. */
export function machineName(): string {
  const { os, arch, libc } = machine();
  return [os, arch, libc].filter((part) => part !== null).join(' ');
}

function missing(cause: unknown): AddonFault {
  const { package: name } = machine();
  const here = `(${machineName()}, Node ${process.version})`;
  if (addonsDisabled(cause)) {
    return {
      problem: `Node does not load addons here ${here}, so toklink-native cannot run: it was started with --no-addons`,
      fix: 'start it without --no-addons (check the command line, NODE_OPTIONS and the execArgv of worker threads)',
    };
  }
  const refused = refusal(cause);
  if (refused !== null) {
    return {
      problem: `toklink-native has a binary for this machine ${here}, but the system could not load it: ${refused}`,
      fix: 'use a system with glibc 2.17 or newer or musl 1.2, or build it from source: npm run build:native in a checkout of toklink',
    };
  }
  if (PUBLISHED.some((target) => name === `toklink-native-${target}`)) {
    return {
      problem: `toklink-native has no binary for this machine ${here}: the package ${name} is not installed`,
      fix:
        'install again on this machine with optional dependencies enabled (npm install --include=optional); where package-lock.json ' +
        `comes from another system, npm install --save-optional ${name}@${VERSION}; in a Next.js app, use withToklink from toklink/next-config`,
    };
  }
  return {
    problem: `toklink-native has no binary for this machine ${here}; there is one for ${PUBLISHED.join(', ')}`,
    fix: 'run on one of these, or build it from source: npm run build:native in a checkout of toklink',
  };
}

/** Returns true when Node's options disable addons. napi's loader records Node's message for every attempt. */
function addonsDisabled(fault: unknown): boolean {
  for (let at = fault; at instanceof Error; at = at.cause) {
    if (at.message.includes('loading addons is disabled')) return true;
  }
  return false;
}

/**
 * Returns the operating system's error message for an existing binary, for example that glibc is too old; `null` without a
 * binary.
 */
function refusal(fault: unknown): string | null {
  // napi's loader keeps only the message of each attempt. The message for an existing binary contains its path.
  for (let at = fault; at instanceof Error; at = at.cause) {
    if (/\.node\b/.test(at.message) && !at.message.startsWith('Cannot find module')) return line(at.message);
  }
  return null;
}

function line(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
}

function checked(found: Addon): Addon {
  const fault = versionFault(found);
  if (fault === null) return found;
  throw new ToklinkError({ code: 'CONFIG', message: `${fault.problem}; ${fault.fix}` });
}

/** Returns a fault when the addon has another version, because different versions would misinterpret each other's data. */
function versionFault(found: Addon): AddonFault | null {
  const version = found.version();
  if (version === VERSION) return null;
  return {
    problem: `toklink ${VERSION} found toklink-native ${version}`,
    fix: `install the same version of both: npm install toklink@${VERSION} toklink-native@${VERSION}`,
  };
}
