// A publishing process that the test can start, suspend at a point, resume and kill. Parses its output when it ends.

import { spawn } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { ROOT } from '../paths.mjs';
import { StepFailed } from '../run.mjs';
import { stateOf } from './owner.mjs';

/** Maximum duration of one turn of a process. A publish in these schedules takes seconds, even on a busy machine. */
const TURN_MS = 180_000;

export class Publisher {
  #child;
  #gate;
  #out = '';
  #err = '';
  #ended;
  /** The message that the gate holds while the process is suspended: `{ deliver, drop }`. */
  #held = null;
  /**
   * The document that the process printed before it exited: `{ publishId }` or `{ error }`; `{ killed: true }` after
   * a signal.
   */
  end = null;

  constructor([program, ...args], env, gate) {
    this.#gate = gate;
    this.#child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.on('data', (piece) => (this.#out += piece));
    this.#child.stderr.on('data', (piece) => (this.#err += piece));
    this.#ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(signal)));
    void this.#ended.then((signal) => {
      this.#gate.forget(this.#child.pid);
      this.end = signal === null ? this.#read() : { killed: true };
    });
  }

  get isSuspended() {
    return this.#held !== null;
  }

  /**
   * Runs the process until `point` and suspends it there, or until it exits if `point` is null. Returns true if it reached the
   * point.
   */
  async run(point) {
    const ended = this.#ended.then(() => null);
    const held = await this.#inTime(point === null ? ended : Promise.race([this.#gate.stopAt(this.#child.pid, point), ended]));
    if (held === null) return false;
    this.#child.kill('SIGSTOP');
    while (stateOf(this.#child.pid) !== 'T') await turn();
    this.#held = held;
    return true;
  }

  /** Resumes the process and delivers the message in flight. The process runs until `point` or until it exits. */
  wake(point) {
    return this.#resume(point, 'deliver');
  }

  /** Resumes the process and breaks the connection on which it is waiting. */
  reset(point) {
    return this.#resume(point, 'drop');
  }

  async #resume(point, how) {
    const release = this.#held[how];
    this.#held = null;
    // Sets the point before the process runs. The response is in the socket before the process resumes.
    const running = this.run(point);
    const released = release();
    this.#child.kill('SIGCONT');
    await released;
    return running;
  }

  /** Kills the process. A message in flight arrives after the process has exited. */
  async kill() {
    const held = this.#held;
    this.#held = null;
    this.#child.kill('SIGKILL');
    await this.#ended;
    await held?.deliver();
    return false;
  }

  async #inTime(promise) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new StepFailed(`a publishing process took longer than ${TURN_MS} ms: ${this.#err}`)), TURN_MS);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Parses the printed document. Reports a process that printed none as an internal error. */
  #read() {
    try {
      return JSON.parse(this.#out);
    } catch {
      const message = `printed no JSON document: ${this.#out}${this.#err}`;
      return { error: { code: 'INTERNAL', message, mayHaveBeenSent: false, failReason: null, httpStatus: null, publishId: null } };
    }
  }
}
