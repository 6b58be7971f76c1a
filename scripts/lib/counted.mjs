import { run, StepFailed } from './run.mjs';

/** Runs tests with coverage. Failed tests also execute lines, so this function reports a failure and continues. */
export async function counted(title, command, options) {
  try {
    await run(title, command, options);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(`  ${error.message} The report includes the lines that it executed.`);
  }
}
