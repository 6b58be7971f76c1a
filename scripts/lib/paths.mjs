// Paths in this repository.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
export const DASHBOARD = `${ROOT}/examples/dashboard`;

const suffix = process.platform === 'win32' ? '.exe' : '';
/** Output folder of cargo; CARGO_TARGET_DIR overrides it. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
export const RACE_WORKER = `${TARGET}/debug/examples/refresh-worker${suffix}`;
/** Profile for the addon and the emulator: cargo's `dev`, which the tests use too, or `release`. */
export const PROFILE = process.env.TOKLINK_PROFILE ?? 'dev';
export const XTASK = `${TARGET}/debug/xtask${suffix}`;
/** The addon as cargo builds it, before it gets its final name. */
export const BUILT_ADDON = `${TARGET}/debug/${process.platform === 'win32' ? 'toklink_node.dll' : process.platform === 'darwin' ? 'libtoklink_node.dylib' : 'libtoklink_node.so'}`;
export const BUILT_EMULATOR = `${TARGET}/${PROFILE === 'dev' ? 'debug' : PROFILE}/toklink-emulator${suffix}`;
/** A copy of the built emulator. `cargo test` replaces the original, even while other suites start it. */
export const EMULATOR = `${TARGET}/emulator/${PROFILE}/toklink-emulator${suffix}`;
