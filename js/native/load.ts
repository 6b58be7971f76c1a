import { addon, platform } from 'toklink-native';
import type { Addon } from 'toklink-native';
import { ToklinkError } from '../errors.js';
import { VERSION } from '../version.js';

/** The addon; the only file that imports it. Throws CONFIG, naming the platform and the fix, where there is none. */
export function load(): Addon {
  if (addon !== null) return checked(addon);
  const { os = process.platform, arch = process.arch, libc = null, cause = undefined } = platform ?? {};
  const machine = [os, arch, libc].filter((part) => part !== null).join(' ');
  throw new ToklinkError(
    {
      code: 'CONFIG',
      message:
        `toklink-native has no binary for this machine (${machine}, Node ${process.version}). ` +
        'Install again with optional dependencies on (npm install --include=optional), list toklink-native in ' +
        'serverExternalPackages when a bundler is used, or build it from source: npm run build:native.',
    },
    { cause },
  );
}

/** Two versions would misread each other's texts. */
function checked(found: Addon): Addon {
  const version = found.version();
  if (version === VERSION) return found;
  throw new ToklinkError({
    code: 'CONFIG',
    message: `toklink ${VERSION} found toklink-native ${version}: install both in the same version.`,
  });
}
