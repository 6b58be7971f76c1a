// Starts long-running child processes, waits until they are ready, and always stops them together with this process.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { EMULATOR } from './paths.mjs';
import { StepFailed } from './run.mjs';

/** Returns `wanted` if that port is free on this machine; otherwise any free port. */
export async function freePort(wanted = 0) {
  const listen = (port) =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const taken = server.address().port;
        server.close(() => resolve(taken));
      });
    });
  return listen(wanted).catch(() => listen(0));
}

const LINES_KEPT = 12;

/** A running child process. */
export class Service {
  #child;
  #said = [];
  /** Resolves with the exit code once the child has exited and all its output has been read. */
  closed;

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.#child = child;
    this.closed = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      console.error(line);
      this.#said.push(line);
      if (this.#said.length > LINES_KEPT) this.#said.shift();
    });
  }

  /** Returns the last lines that the child wrote to stderr. */
  get lastWords() {
    return this.#said.join('\n');
  }

  /** Resolves with the exit code once the child has exited. */
  get ended() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Stops the child and waits until it has exited. */
  async stop() {
    const ended = this.ended;
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await ended;
  }
}

/**
 * Starts a child process and waits for an output line that matches `ready`. Returns the match and the service.
 *
 * @param {string} name
 * @param {string[]} command
 * @param {{ ready: RegExp, cwd?: string, env?: Record<string, string>, echo?: boolean }} options
 */
export async function startService(name, [program, ...args], { ready, cwd, env = {}, echo = false }) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const service = new Service(child);
  const lines = createInterface({ input: child.stdout });
  const match = await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new StepFailed(`${name} did not start: ${error.message}`)));
    child.once('exit', (code) => reject(new StepFailed(`${name} exited with ${code} before it was ready.`)));
    lines.on('line', (line) => {
      if (echo) console.log(`  ${name}: ${line}`);
      const found = ready.exec(line);
      if (found !== null) resolve(found);
    });
  });
  return { service, match };
}

/** Starts the emulator. Returns its base URL and functions that stop and control it. */
export async function startEmulator(port = 0, flags = []) {
  const ready = /^listening (http:\/\/127\.0\.0\.1:\d+)$/;
  const { service, match } = await startService('emulator', [EMULATOR, '--port', String(port), ...flags], { ready });
  const baseUrl = match[1];
  const call = async (name, init) => {
    const response = await fetch(`${baseUrl}/_emulator/${name}`, init);
    if (!response.ok) throw new StepFailed(`the emulator rejected ${name}: ${await response.text()}`);
    return response.json();
  };
  const post = (name, body) =>
    call(name, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return {
    baseUrl,
    ended: service.closed,
    lastWords: () => service.lastWords,
    stop: () => service.stop(),
    state: () => call('state'),
    requests: () => call('requests'),
    faults: (rules) => post('faults', rules),
    advance: (ms) => post('clock', { advance_ms: ms }),
    settings: (changes) => post('settings', changes),
    act: (what) => post('act', what),
  };
}

/** Returns the message for a service that exited unexpectedly. */
export function unexpectedEnd(name, code, lastWords) {
  const how = code === null ? 'was terminated by a signal' : `exited with code ${code}`;
  return `The ${name} ${how}, so all processes were stopped.${lastWords === '' ? '' : ` Its last output:\n${lastWords}`}`;
}

/** Returns the environment variables for a host that uses the emulator at `baseUrl` as its seeded, audited app. */
export const emulatorEnv = (baseUrl) => ({
  TIKTOK_CLIENT_KEY: 'awtoklinkemu0001',
  TIKTOK_CLIENT_SECRET: 'toklinkemulatorclientsecret00001',
  TIKTOK_API_BASE_URL: baseUrl,
  TIKTOK_AUTH_BASE_URL: baseUrl,
});
