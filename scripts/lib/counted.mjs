import { run, StepFailed } from './run.mjs';

/** Runs tests with coverage. Failed tests also execute lines, so failures are reported and the run continues. */
export async function counted(title, command, options) {
  try {
    await run(title, command, options);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(`  ${error.message} What it ran is counted.`);
  }
}
