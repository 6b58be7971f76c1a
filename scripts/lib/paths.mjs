// Paths of this repository.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
export const DASHBOARD = `${ROOT}/examples/dashboard`;

const suffix = process.platform === 'win32' ? '.exe' : '';
/** Output folder of cargo; CARGO_TARGET_DIR overrides it. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
export const RACE_WORKER = `${TARGET}/debug/examples/refresh-worker${suffix}`;
/** Profile of the addon and the emulator: cargo's `dev`, whose build the tests share, or `release`. */
export const PROFILE = process.env.TOKLINK_PROFILE ?? 'dev';
export const XTASK = `${TARGET}/debug/xtask${suffix}`;
export const BUILT_EMULATOR = `${TARGET}/${PROFILE === 'dev' ? 'debug' : PROFILE}/toklink-emulator${suffix}`;
/** A copy of the built emulator, because `cargo test` replaces the built one, also while other suites start it. */
export const EMULATOR = `${TARGET}/emulator/${PROFILE}/toklink-emulator${suffix}`;
