import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const DASHBOARD = fileURLToPath(new URL('../../examples/dashboard/', import.meta.url));

/** Starts the built dashboard on a free port. */
export async function startDashboard(env: NodeJS.ProcessEnv): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const own = { ...process.env, ...env, PORT: String(port), NEXTAUTH_URL: url };
  const { stop } = await child([join(DASHBOARD, 'scripts/serve.mjs'), 'start'], own, /Ready in/);
  return { url, stop };
}

/** Starts a Node script and waits until it prints that it is ready. */
export async function child(args: string[], env: NodeJS.ProcessEnv, ready: RegExp) {
  const process_ = spawn(process.execPath, args, { cwd: DASHBOARD, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: process_.stdout });
  const said = await new Promise<string>((done, fail) => {
    lines.on('line', (line) => {
      const match = ready.exec(line);
      if (match) done(match[1] ?? '');
    });
    process_.once('error', fail);
    process_.once('exit', (code) => fail(new Error(`${args[0]} ended with ${code} before it was ready`)));
  });
  const stop = async () => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    const ended = new Promise((done) => process_.once('exit', done));
    process_.kill('SIGTERM');
    await ended;
  };
  return { said, stop };
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))));
    });
  });
}
