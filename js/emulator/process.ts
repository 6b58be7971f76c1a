import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { ToklinkError } from '../errors.js';
import { findBinary } from './binary.js';

const LISTENING = /^listening (http:\/\/127\.0\.0\.1:\d+)$/;
const LINES_KEPT = 12;
/** The binary's exit code for an invalid command line. */
const WRONG_USAGE = 2;

/** A running emulator. It exits when its stdin closes. This process keeps that stdin open, so the emulator ends with this process. */
export class EmulatorProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #said: string[] = [];
  /** Resolves to the emulator's URL once it listens; rejects when it exits before that. */
  readonly listening: Promise<string>;
  /** Resolves to the emulator's exit code, or to null when a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(args: string[], hear: { out?: (line: string) => void; err?: (line: string) => void } = {}) {
    const binary = findBinary();
    const child = spawn(binary, ['--exit-with-stdin', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    // Ignores write errors after the emulator has ended; `ended` reports the end.
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#said.push(line);
      if (this.#said.length > LINES_KEPT) this.#said.shift();
      hear.err?.(line);
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve(code));
      child.once('error', () => resolve(null));
    });
    this.listening = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        hear.out?.(line);
        const url = LISTENING.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      });
      child.once('error', (cause) => reject(notRunnable(binary, cause)));
      child.once('close', (code) => reject(this.#diedAtStart(code)));
    });
    this.listening.catch(() => undefined);
  }

  /** True when the emulator has ended; `lastWords` then contains the reason. */
  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The emulator's last lines on stderr. */
  get lastWords(): string {
    return this.#said.join('\n');
  }

  /** Lets this process exit while the emulator is running. The emulator then ends too. */
  unref(): void {
    this.#hold('unref');
  }

  /** Stops the emulator and resolves when it has ended. */
  async stop(): Promise<void> {
    if (!this.isOver) {
      this.#hold('ref');
      this.#child.stdin.end();
      this.#child.kill('SIGTERM');
    }
    await this.ended;
  }

  #hold(how: 'ref' | 'unref'): void {
    this.#child[how]();
    // The pipes of a child process are sockets, although their types do not declare this.
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) (pipe as unknown as Socket)[how]();
  }

  #diedAtStart(code: number | null): ToklinkError {
    const end = code === null ? 'was stopped by a signal' : `exited with code ${code}`;
    const words = this.lastWords === '' ? 'it printed nothing' : `its output:\n${this.lastWords}`;
    return new ToklinkError({
      code: code === WRONG_USAGE ? 'INVALID_INPUT' : 'UNAVAILABLE',
      operation: 'startEmulator',
      message: `the emulator ${end} before it listened; ${words}`,
    });
  }
}

function notRunnable(binary: string, cause: Error): ToklinkError {
  return new ToklinkError(
    {
      code: 'CONFIG',
      operation: 'startEmulator',
      message: `the emulator ${binary} cannot run on this machine (${cause.message}); set TOKLINK_EMULATOR to a binary for this machine`,
    },
    { cause },
  );
}
