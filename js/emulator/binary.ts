import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { variable } from '../runtime/environment.js';
import { ToklinkError } from '../errors.js';

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** The npm package that contains the binary for this machine. */
export const PLATFORM_PACKAGE = `toklink-emulator-${process.platform}-${process.arch}`;

/**
 * Returns the path of the emulator's binary: TOKLINK_EMULATOR, else this repository's build, else the binary of the platform package.
 * Throws CONFIG when none exists; the message lists the searched places.
 */
export function findBinary(env: NodeJS.ProcessEnv = process.env): string {
  const named = variable(env, 'TOKLINK_EMULATOR');
  if (named) {
    if (existsSync(named)) return named;
    throw missing([`${named} (TOKLINK_EMULATOR)`], 'set TOKLINK_EMULATOR to the binary, or unset it');
  }
  const built = ['release', 'debug'].map((profile) =>
    fileURLToPath(new URL(`../../target/${profile}/toklink-emulator${SUFFIX}`, import.meta.url)),
  );
  const found = built.find((path) => existsSync(path)) ?? installed();
  if (found !== undefined) return found;
  throw missing(
    [...built, `the package ${PLATFORM_PACKAGE}`],
    `install it with npm install --save-dev ${PLATFORM_PACKAGE}, or build it in toklink's repository with ` +
      'cargo build --release -p toklink-emulator and set TOKLINK_EMULATOR to target/release/toklink-emulator',
  );
}

function installed(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${PLATFORM_PACKAGE}/toklink-emulator${SUFFIX}`);
  } catch {
    return undefined;
  }
}

function missing(places: string[], advice: string): ToklinkError {
  return new ToklinkError({
    code: 'CONFIG',
    operation: 'startEmulator',
    message: `the emulator was not found at ${places.join(' or ')}; ${advice}`,
  });
}
