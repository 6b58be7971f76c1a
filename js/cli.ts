#!/usr/bin/env node
import { main } from './cli/program.js';

const code = await main(process.argv.slice(2));
process.exitCode = code;
// A call that is still running must not delay the exit.
if (code === 130) process.stdout.write('', () => process.exit(code));
