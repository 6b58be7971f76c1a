// Runs in a folder where toklink is installed. Imports each entry point, makes one call through the addon, and prints the results as JSON.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const require = createRequire(join(process.cwd(), 'use.cjs'));
const { exports: ways } = JSON.parse(readFileSync(require.resolve('toklink/package.json'), 'utf8'));
const modules = Object.entries(ways).filter(([, target]) => typeof target === 'object' && target.types !== undefined);

const seen = {};
for (const [way] of modules) {
  const name = way.replace(/^\./, 'toklink');
  const required = require(name);
  const imported = await import(require.resolve(name));
  const [a, b] = [Object.keys(required), Object.keys(imported)].map((names) => names.filter((key) => key !== '__esModule' && key !== 'default').sort());
  if (a.join() !== b.join() || a.length === 0) throw new Error(`${name}: require gives ${a}, import gives ${b}`);
  if (a.some((key) => required[key] !== imported[key])) throw new Error(`${name}: require and import give two copies`);
  seen[name] = a.length;
}

const { Client } = require('toklink');
const client = new Client({
  clientKey: 'awpackage0000001',
  clientSecret: 'secretsecretsecretsecretsecret00',
  encryptionKey: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  callbackUrl: 'https://example.com/callback',
});
const place = { accountId: 'a', field: 'note' };
const opened = client.unseal(place, client.seal(place, 'hello'));
await client.close();

// Resolves the package of the addon through toklink-native, which works with the folder layout of any installer.
const native = createRequire(require.resolve('toklink'));
const loader = native.resolve('toklink-native');
const { package: name } = native('toklink-native').machine();
const binary = dirname(createRequire(loader).resolve(name));

let emulator = 'not installed';
try {
  require.resolve(`toklink-emulator-${process.platform}-${process.arch}/package.json`);
  const running = await require('toklink/emulator').start({ seed: 7 });
  emulator = (await fetch(`${running.url}/v2/user/info/`)).status;
  await running.stop();
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
}
console.log(JSON.stringify({ opened, seen, binary, emulator }));
