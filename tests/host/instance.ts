import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** One server of the app. */
export interface Instance {
  url: string;
  /** The lines of its output. */
  lines: string[];
  /** Sends SIGTERM. Resolves to the time in milliseconds until the process ended. */
  stop(): Promise<number>;
}

const LINES_KEPT = 500;

/** Starts the standalone server on a free port and waits until it is ready. */
export async function startInstance(standalone: string, env: Record<string, string>): Promise<Instance> {
  const port = await freePort();
  const child = spawn(process.execPath, ['server.js'], {
    cwd: standalone,
    env: { ...process.env, ...env, PORT: String(port), HOSTNAME: '127.0.0.1', NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  };
  createInterface({ input: child.stderr }).on('line', keep);
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line);
      if (/Ready in/.test(line)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`an instance ended with ${code} before it was ready:\n${lines.join('\n')}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    lines,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return 0;
      const started = performance.now();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return performance.now() - started;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
