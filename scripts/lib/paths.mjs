// Paths of this repository.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
export const DASHBOARD = `${ROOT}/examples/dashboard`;

const suffix = process.platform === 'win32' ? '.exe' : '';
/** Output folder of cargo; CARGO_TARGET_DIR overrides it. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
export const RACE_WORKER = `${TARGET}/debug/examples/refresh-worker${suffix}`;
export const EMULATOR = `${TARGET}/release/toklink-emulator${suffix}`;
