// Where things are in this repository.

import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
export const DASHBOARD = `${ROOT}/examples/dashboard`;

const suffix = process.platform === 'win32' ? '.exe' : '';
export const EMULATOR = `${ROOT}/target/release/toklink-emulator${suffix}`;
