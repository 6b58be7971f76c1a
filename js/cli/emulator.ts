import { EmulatorProcess } from '../emulator/process.js';
import { APP, consoleUrl } from '../emulator/seeded.js';
import { onParentEnd } from './parent.js';

/** SIGHUP is absent, because it ends this process and therefore the emulator, unless nohup ignores it. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs the emulator in the foreground until Ctrl-C or SIGTERM, or until the terminal or the parent process ends. Passes all flags to
 * the binary, and resolves to its exit code.
 */
export async function serveEmulator(args: string[]): Promise<number> {
  const child = new EmulatorProcess(args, {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  });
  let asked = false;
  const stop = (): void => {
    asked = true;
    void child.stop();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const stopLooking = onParentEnd(stop);
  try {
    void child.listening.then((url) => process.stdout.write(introduction(url))).catch(() => undefined);
    const code = await child.ended;
    // If the binary could not start, this rejects with the reason.
    if (code === null && !asked) await child.listening;
    return asked ? 0 : (code ?? 1);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    stopLooking();
  }
}

function introduction(url: string): string {
  return `console   ${consoleUrl(url)}
app       TIKTOK_CLIENT_KEY=${APP.clientKey} TIKTOK_CLIENT_SECRET=${APP.clientSecret}
hosts     TIKTOK_API_BASE_URL=${url} TIKTOK_AUTH_BASE_URL=${url}
users     ana.makes, ben.private, cleo.banned, dan.capped and more; the console lists them
Press Ctrl-C to stop the emulator and discard its data.
`;
}
