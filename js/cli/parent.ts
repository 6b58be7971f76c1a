import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The pause between two looks for the parent: there is no event for its end. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `ended` once when the process that started this one ends, and returns a function that stops looking. Below npx that is npx
 * itself: a signal ends it or the shell between it and this process, and reaches no one else.
 */
export function onParentEnd(ended: () => void): () => void {
  const parent = process.ppid;
  const starter = process.env['npm_execpath'] === undefined ? null : parentOf(parent);
  const timer = setInterval(() => {
    // Windows keeps the id of a parent that has ended.
    if (process.ppid === parent && (starter === null || isThere(starter))) return;
    clearInterval(timer);
    ended();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Returns the parent of a process; `null` where the system does not say. */
function parentOf(pid: number): number | null {
  const id = Number(process.platform === 'linux' ? statOf(pid) : spawnSync('ps', ['-o', 'ppid=', '-p', `${pid}`], { encoding: 'utf8' }).stdout);
  return id > 1 ? id : null;
}

/** The fourth field of `/proc/PID/stat`; the second is a name in brackets, which may hold spaces. */
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
