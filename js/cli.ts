#!/usr/bin/env node
import { main } from './cli/program.js';

const code = await main(process.argv.slice(2));
process.exitCode = code;
// A call that was left running must not hold the shell.
if (code === 130) process.stdout.write('', () => process.exit(code));
