#!/usr/bin/env node
// RUSTC_WORKSPACE_WRAPPER of `npm run coverage`: counts lines of this repository's crates, and builds the others as ever. The
// relocation lets counters live in a mapped file, so that a process that is killed has written what it counted. No shell
// script: some shells drop the variables of cargo that have a dash in their names.

import { spawnSync } from 'node:child_process';

const [rustc, ...args] = process.argv.slice(2);
const counting = ['-Cinstrument-coverage', '-Cllvm-args=-runtime-counter-relocation'];
process.exitCode = spawnSync(rustc, [...args, ...counting], { stdio: 'inherit' }).status ?? 1;
