// Tests a minimal Next.js app with the installed packages: builds it with each bundler and requests a route from its
// standalone server.

import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DASHBOARD, ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';
import { freePort, startService } from './service.mjs';

const WANTED = { opened: 'hello', refused: 'INTEGRITY', routes: ['function', 'function'], accounts: [] };

/**
 * Installs the app into `folder` and builds it with each of `bundlers`. Then runs the standalone server outside the app's own
 * node_modules, and sends a request that needs the addon.
 */
export async function nextApp({ folder, install, env, bundlers }) {
  const manager = install.some((word) => word.includes('pnpm')) ? 'pnpm' : 'npm';
  await cp(join(ROOT, 'tests/package/next-app'), folder, { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(DASHBOARD, 'package.json'), 'utf8'));
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { next, react, 'react-dom': dom } = dependencies;
  manifest.dependencies = { next, react, 'react-dom': dom, toklink: version, 'toklink-native': version };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await run(`${manager} install of a Next.js app`, install, { cwd: folder, env });
  diagnose(folder);
  await installForeign(folder);
  for (const bundler of bundlers) {
    await rm(join(folder, '.next'), { recursive: true, force: true });
    const next = [process.execPath, 'node_modules/next/dist/bin/next', 'build', `--${bundler}`];
    await run(`${manager}: next build with ${bundler}`, next, { cwd: folder, env: { NEXT_TELEMETRY_DISABLED: '1' } });
    await answers(join(folder, '.next/standalone'), `${manager} and ${bundler}`);
  }
}

/** Adds another platform's package, as a package manager's `supportedArchitectures` setting does. */
const FOREIGN = process.platform === 'win32' ? 'toklink-native-darwin-arm64' : 'toklink-native-win32-x64-msvc';

async function installForeign(folder) {
  const packageFolder = join(folder, 'node_modules', FOREIGN);
  await mkdir(packageFolder, { recursive: true });
  await writeFile(join(packageFolder, 'package.json'), JSON.stringify({ name: FOREIGN, version: '0.0.0', main: 'toklink.node' }));
  await writeFile(join(packageFolder, 'toklink.node'), 'a binary for another platform');
}

/**
 * Checks that `toklink doctor` reports no problems with the addon and the app's configuration. The app has no keys
 * here.
 */
function diagnose(folder) {
  const cli = join(folder, 'node_modules/toklink/dist/cli.js');
  const env = { PATH: process.env.PATH, HOME: folder, TIKTOK_API_BASE_URL: 'http://127.0.0.1:2' };
  const { stdout } = spawnSync(process.execPath, [cli, 'doctor', '--json'], { cwd: folder, env, encoding: 'utf8' });
  const findings = JSON.parse(stdout).findings.filter(({ check }) => check === 'Next.js' || check === 'native addon');
  if (findings.length < 2 || findings.some(({ level }) => level !== 'ok')) {
    throw new StepFailed(`toklink doctor reports problems in a valid app: ${JSON.stringify(findings)}`);
  }
}

async function answers(standalone, title) {
  // Runs a copy in another folder, because Node would otherwise find modules that are missing from the trace in the
  // app's parent folders.
  const alone = `${standalone}-alone-${process.pid}`.replace(/[/\\]\.next[/\\]/, '-');
  await rm(alone, { recursive: true, force: true });
  const files = await readdir(standalone, { recursive: true });
  const foreign = files.filter((path) => path.includes(FOREIGN) && path.endsWith('.node'));
  if (foreign.length > 0) throw new StepFailed(`The standalone app contains a binary for another platform: ${foreign.join(', ')}`);
  await cp(standalone, alone, { recursive: true, verbatimSymlinks: true });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = { PORT: String(port), HOSTNAME: '127.0.0.1', NODE_ENV: 'production', NODE_PATH: '', NEXTAUTH_URL: origin, NEXT_MANUAL_SIG_HANDLE: 'true' };
  const { service } = await startService(`standalone (${title})`, [process.execPath, 'server.js'], { ready: /Ready in/, cwd: alone, env });
  try {
    const response = await fetch(`${origin}/api/sealed`);
    const text = await response.text();
    if (text !== JSON.stringify(WANTED)) throw new StepFailed(`The route responded with HTTP ${response.status}: ${text.slice(0, 400)}`);
    await platforms(origin);
    await service.stop();
    const code = await service.ended;
    if (code !== 0) throw new StepFailed(`The app (${title}) did not close its client on SIGTERM: exit code ${code}.`);
    console.log(`    standalone, ${title}: the route responds through the addon`);
  } finally {
    await service.stop();
    await rm(alone, { recursive: true, force: true });
  }
}

/** Checks that toklink's routes can coexist with the host's routes for other platforms. */
async function platforms(origin) {
  const posts = await fetch(`${origin}/api/social/tiktok/posts`);
  const text = await posts.text();
  if (text !== 'posts of tiktok') throw new StepFailed(`[platform]/posts responded with HTTP ${posts.status}: ${text.slice(0, 400)}`);
  const connect = await fetch(`${origin}/api/social/tiktok/connect`);
  if (connect.status !== 401) throw new StepFailed(`tiktok/connect responded with HTTP ${connect.status} instead of 401.`);
}
