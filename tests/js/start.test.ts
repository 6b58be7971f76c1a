import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

it('reports the exit code and output of a service that exits', async () => {
  const script = `import { startService, unexpectedEnd } from './scripts/lib/service.mjs';
    const dying = ['-e', "console.log('ready'); console.error('no space left'); process.exitCode = 3"];
    const { service } = await startService('emulator', [process.execPath, ...dying], { ready: /^ready$/ });
    console.log(unexpectedEnd('emulator', await service.closed, service.lastWords));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT });
  expect(stdout).toMatch(/emulator.*\b3\b[^]*\nno space left/);
});
