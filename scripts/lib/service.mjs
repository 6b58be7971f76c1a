// Long-running children: started, waited for until they say that they listen, and always stopped with us.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { EMULATOR } from './paths.mjs';
import { StepFailed } from './run.mjs';

/** `wanted` if it is free on this machine, else any free port. */
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

/** A running child. */
export class Service {
  #child;
  #said = [];
  /** Resolves when it has ended and all it said has been read, with its exit code. */
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

  /** Its last lines on stderr. */
  get lastWords() {
    return this.#said.join('\n');
  }

  /** Resolves when the child has ended, with its exit code. */
  get ended() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Asks the child to end, and waits until it has. */
  async stop() {
    const ended = this.ended;
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await ended;
  }
}

/**
 * Starts a child and waits for a line of its output that matches `ready`; answers the match and the service.
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
    child.once('exit', (code) => reject(new StepFailed(`${name} ended with ${code} before it was ready.`)));
    lines.on('line', (line) => {
      if (echo) console.log(`  ${name}: ${line}`);
      const found = ready.exec(line);
      if (found !== null) resolve(found);
    });
  });
  return { service, match };
}

/** Starts the emulator; answers its base URL and how to stop and control it. */
export async function startEmulator(port = 0, flags = []) {
  const ready = /^listening (http:\/\/127\.0\.0\.1:\d+)$/;
  const { service, match } = await startService('emulator', [EMULATOR, '--port', String(port), ...flags], { ready });
  const baseUrl = match[1];
  const call = async (name, init) => {
    const response = await fetch(`${baseUrl}/_emulator/${name}`, init);
    if (!response.ok) throw new StepFailed(`the emulator refused ${name}: ${await response.text()}`);
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

/** What to say of a service that nobody asked to end. */
export function unexpectedEnd(name, code, lastWords) {
  const how = code === null ? 'was ended by a signal' : `ended with exit code ${code}`;
  return `The ${name} ${how}, so everything is stopped.${lastWords === '' ? '' : ` It said last:\n${lastWords}`}`;
}

/** What a host's environment needs to talk to the emulator at `baseUrl` as its seeded, audited app. */
export const emulatorEnv = (baseUrl) => ({
  TIKTOK_CLIENT_KEY: 'awtoklinkemu0001',
  TIKTOK_CLIENT_SECRET: 'toklinkemulatorclientsecret00001',
  TIKTOK_API_BASE_URL: baseUrl,
  TIKTOK_AUTH_BASE_URL: baseUrl,
});
