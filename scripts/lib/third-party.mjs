// Runs clients that were written for the real TikTok, unmodified, against the emulator (tests/third-party/README.md).

import { createRequire } from 'node:module';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnDebian } from './debian.mjs';
import { unlessFresh } from './fresh.mjs';
import { EMULATOR, ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';
import { startService } from './service.mjs';

const HERE = join(ROOT, 'tests', 'third-party');
const WORK = join(ROOT, 'target', 'third-party');
const WINDOWS = process.platform === 'win32';
const VENV = join(WORK, 'venv');
const PYTHON = WINDOWS ? join(VENV, 'Scripts', 'python.exe') : join(VENV, 'bin', 'python');
const CRATES = join(WORK, 'rust');
const RESULTS = /^(ℹ (tests|pass|fail) |Ran \d+ tests|OK$|tests passed)/;

/** Installs the pinned clients of a language. Installs none of them globally, and none of them twice. */
const INSTALL = {
  Node: () =>
    unlessFresh(
      'third-party-npm',
      {
        inputs: ['tests/third-party/package-lock.json', 'tests/third-party/package.json'],
        output: 'tests/third-party/node_modules',
      },
      () =>
        run('third-party npm packages', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE }),
    ),
  Python: () =>
    unlessFresh(
      'third-party-pip',
      { inputs: ['tests/third-party/python/requirements.txt'], output: 'target/third-party/venv' },
      async () => {
        await run('third-party venv', [WINDOWS ? 'python' : 'python3', '-m', 'venv', '--clear', VENV]);
        const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
        await run('third-party Python packages', [PYTHON, ...pip, '-r', 'python/requirements.txt'], { cwd: HERE });
      },
    ),
  Rust: () =>
    run('third-party crates', ['cargo', 'build', '--locked', '--target-dir', CRATES], { cwd: join(HERE, 'rust') }),
};

/** Commands that run the clients of a language, relative to tests/third-party. */
const COMMANDS = {
  Node: async () => {
    const files = (await readdir(join(HERE, 'node'))).filter((name) => name.endsWith('.test.mjs')).sort();
    const options = ['--import', './node/hosts.mjs', '--test', '--test-concurrency=1', '--test-reporter=spec'];
    return [process.execPath, ...options, ...files.map((name) => `node/${name}`)];
  },
  Python: () => [PYTHON, '-m', 'unittest', 'discover', '--start-directory', 'python'],
  Rust: () => [join(CRATES, 'debug', 'third-party')],
};

/**
 * Installs the clients of as many languages as possible. CI requires all languages; elsewhere, the script reports the languages
 * that it skips.
 */
async function languages() {
  const there = [];
  // Required by Python's venv, and by the crate's TLS library.
  await installOnDebian('python3', 'python3-venv', 'libssl-dev', 'pkg-config');
  for (const [language, install] of Object.entries(INSTALL)) {
    // The crate's TLS library reads a certificate authority from the environment only on Linux.
    if (language === 'Rust' && process.platform !== 'linux') continue;
    try {
      await install();
      there.push(language);
    } catch (error) {
      if (!(error instanceof StepFailed) || process.env.CI || language === 'Node') throw error;
      console.log(`Not run here: third-party clients in ${language}. ${error.message}`);
    }
  }
  return there;
}

/** Runs the clients one after another with one emulator, which is reset before each test. */
export async function thirdParty() {
  const there = await languages();
  const { startGateway } = await import('../../tests/third-party/gateway.mjs');
  const forge = createRequire(join(HERE, 'package.json'))('node-forge');
  const ready = /^listening (http:\/\/127\.0\.0\.1:\d+)$/;
  const { service, match } = await startService('emulator', [EMULATOR, '--port', '0'], { ready });
  const emulatorUrl = match[1];
  const gateway = await startGateway({ emulatorUrl, directory: WORK, forge });
  const env = {
    TOKLINK_EMULATOR_URL: emulatorUrl,
    GATEWAY_TLS_PORT: String(gateway.tlsPort),
    NODE_EXTRA_CA_CERTS: gateway.caFile,
    REQUESTS_CA_BUNDLE: gateway.caFile,
    SSL_CERT_FILE: gateway.caFile,
    HTTPS_PROXY: gateway.proxyUrl,
    https_proxy: gateway.proxyUrl,
    PYTHONDONTWRITEBYTECODE: '1',
    HTTP_PROXY: '',
    http_proxy: '',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  };
  try {
    for (const language of there) {
      const command = await COMMANDS[language]();
      await run(`third-party clients in ${language}`, command, { cwd: HERE, env, show: RESULTS });
    }
    if (gateway.refused.length > 0) throw new StepFailed(`a client requested ${gateway.refused.join(', ')}`);
  } finally {
    gateway.stop();
    await service.stop();
  }
}
