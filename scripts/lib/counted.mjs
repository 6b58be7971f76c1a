import { run, StepFailed } from './run.mjs';

/** Runs tests whose lines are counted. One that fails has run lines too: it is said, and the report goes on. */
export async function counted(title, command, options) {
  try {
    await run(title, command, options);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(`  ${error.message} What it ran is counted.`);
  }
}
