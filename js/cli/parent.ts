import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The interval between checks of the parent process. Node emits no event when the parent ends. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `ended` once when the process that started this one ends, and returns a function that stops the checks. Under npx, also checks
 * the npx process: a signal ends npx, or the shell between npx and this process, but does not reach this process.
 */
export function onParentEnd(ended: () => void): () => void {
  const parent = process.ppid;
  const starter = process.env['npm_execpath'] === undefined ? null : parentOf(parent);
  const timer = setInterval(() => {
    // On Windows, `process.ppid` does not change when the parent ends.
    if (process.ppid === parent && (starter === null || isThere(starter))) return;
    clearInterval(timer);
    ended();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Returns the parent of a process; `null` when the system does not report it. */
function parentOf(pid: number): number | null {
  const id = Number(process.platform === 'linux' ? statOf(pid) : spawnSync('ps', ['-o', 'ppid=', '-p', `${pid}`], { encoding: 'utf8' }).stdout);
  return id > 1 ? id : null;
}

/** Reads the parent's id from `/proc/PID/stat`. It is the fourth field; the second is a name in parentheses that may contain spaces. */
function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}
