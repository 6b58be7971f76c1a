// npm start: installs and builds missing parts, then runs the emulator and the dashboard on an embedded database until
// Ctrl-C.

import { DASHBOARD } from './lib/paths.mjs';
import { StepFailed } from './lib/run.mjs';
import { emulatorEnv, freePort, startEmulator, startService, unexpectedEnd } from './lib/service.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';

const running = [];
let stopping = false;

async function stop(code) {
  if (stopping) return;
  stopping = true;
  for (const service of running.reverse()) await service.stop();
  process.exit(code);
}

async function main() {
  console.log('Setting up. This takes a few minutes the first time and a few seconds afterwards.');
  await setUpToklink();
  await setUpDashboard();
  const emulator = await startEmulator(await freePort(4010));
  running.push(emulator);
  // Starts the emulator first, because without it the dashboard only shows errors.
  void emulator.ended.then((code) => {
    if (stopping) return;
    console.error(`\n${unexpectedEnd('emulator', code, emulator.lastWords())}`);
    void stop(1);
  });
  const port = await freePort(3000);
  const url = `http://localhost:${port}`;
  const { service } = await startService('dashboard', [process.execPath, 'scripts/serve.mjs', 'start'], {
    ready: /Ready in/,
    cwd: DASHBOARD,
    env: { ...emulatorEnv(emulator.baseUrl), PORT: String(port), NEXTAUTH_URL: url, TIKTOK_CALLBACK_URL: '', DASHBOARD_DEMO: '1' },
    echo: true,
  });
  running.push(service);
  console.log(`
  The dashboard is at ${url}
    sign in as Olivia (owner of Acme Studio) or Victor (owner of Beta Bakery), connect TikTok, post a video
  TikTok is the emulator at ${emulator.baseUrl}/_emulator/
    it forgets everything when it stops: accounts of an earlier run ask to be connected again
  Ctrl-C stops both.
`);
  const code = await service.ended;
  await stop(code ?? 0);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop(0));
main().catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  void stop(1);
});
