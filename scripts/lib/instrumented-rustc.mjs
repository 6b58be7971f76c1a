#!/usr/bin/env node
// RUSTC_WORKSPACE_WRAPPER of `npm run coverage`: instruments this repository's crates and builds the others unchanged.
// The relocation option places counters in a mapped file, so that a killed process loses no counts. This is not a shell
// script, because some shells drop cargo's variables whose names contain a dash.

import { spawnSync } from 'node:child_process';

const [rustc, ...args] = process.argv.slice(2);
const counting = ['-Cinstrument-coverage', '-Cllvm-args=-runtime-counter-relocation'];
process.exitCode = spawnSync(rustc, [...args, ...counting], { stdio: 'inherit' }).status ?? 1;
