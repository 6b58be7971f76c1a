// Scans the output of the checks for secrets. Reports a finding with file, line and kind, never with its text.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { StepFailed } from './run.mjs';

const LOGS = join(ROOT, 'target', 'logs');

// Split, so that a log that quotes this file does not contain a secret.
const joined = (...parts) => parts.join('');

/** Secrets that the tests use, verbatim. */
const PLANTED = {
  "the emulator's client secret": joined('toklinkemulator', 'clientsecret00001'),
  'the key of the JavaScript tests': joined('000102030405060708090a0b0c0d0e0f', '101112131415161718191a1b1c1d1e1f'),
  'the key of the behaviour tests': joined('5f1c0e7b9a2d48360fc1b2a3948576e1', 'd0c3b4a5968778695a4b3c2d1e0f9081'),
  'the second key of the behaviour tests': joined('a07c1d5e9b3f48260fd1b2a3948576e1', 'd0c3b4a5968778695a4b3c2d1e0f9ab7'),
};

/** Formats of the emulator's random values. Special characters may be percent-encoded. */
const SHAPES = {
  'an access token': /\bact\.[\w-]{30,}(?:\*|%2a)[\w-]{10,}(?:!|%21)\d{4}\.u1/i,
  'a refresh token': /\brft\.[\w-]{30,}(?:\*|%2a)[\w-]{10,}(?:!|%21)\d{4}\.u1/i,
  'a client token': /\bclt\.[\w-]{30,}(?:\*|%2a)[\w-]{10,}(?:!|%21)\d{4}\.u1/i,
  'an authorization code': /[\w-]{200,}(?:\*|%2a)1(?:!|%21)\d{4}\.u1/i,
  'an upload address': /upload_token=[0-9a-f]{8}-[0-9a-f]{4}/i,
  'a bearer header': /\bbearer\s+(?:act|rft|clt)\.[\w-]{20,}/i,
  'a client secret in a form': /\bclient_secret=[A-Za-z0-9]{16,}/,
};

/** Returns the kinds of secrets that a line contains. */
function kinds(line) {
  const planted = Object.entries(PLANTED).filter(([, secret]) => line.toLowerCase().includes(secret.toLowerCase()));
  const shaped = Object.entries(SHAPES).filter(([, shape]) => shape.test(line));
  return [...planted, ...shaped].map(([kind]) => kind);
}

/** Returns all findings in a text with their lines. */
function finds(text) {
  return text.split('\n').flatMap((line, at) => kinds(line).map((kind) => ({ line: at + 1, kind })));
}

/** Checks that the scan detects each kind of secret and reports nothing in harmless text. */
function proveTheScan() {
  const random = (length) => 'aB3_-'.repeat(length).slice(0, length);
  const token = (prefix) => `${prefix}.${random(48)}*${random(20)}!6431.u1`;
  const secrets = [
    ...Object.values(PLANTED),
    token('act'),
    token('rft'),
    token('clt'),
    encodeURIComponent(token('rft')).replace('!', '%21'),
    `${random(250)}*1!6431.u1`,
    `https://upload.example.test/video/?upload_id=1&upload_token=01234567-89ab-cdef-0123-456789abcdef`,
    `Authorization: Bearer act.${random(24)}`,
    `client_secret=${random(20).replace(/[_-]/g, 'x')}`,
  ];
  const seen = new Set();
  for (const [at, secret] of secrets.entries()) {
    const found = finds(`test a::b ... ok\n{"log":"x ${secret}, y"}\n`);
    if (!found.some(({ line }) => line === 2)) throw new StepFailed(`The scan for secrets does not detect test secret ${at}.`);
    for (const { kind } of found) seen.add(kind);
  }
  const blind = [...Object.keys(PLANTED), ...Object.keys(SHAPES)].filter((kind) => !seen.has(kind));
  if (blind.length > 0) throw new StepFailed(`The scan for secrets has no test for ${blind.join(', ')}.`);
  const harmless = `Secret([redacted])\nact.synthetic\ntk1.new.${random(80)}\nv_pub_file~v2-1.7300000000000000000\n-000${random(32)}\n`;
  if (finds(harmless).length > 0) throw new StepFailed('The scan for secrets reports harmless text.');
}

/** Scans the logs of all suites. Fails if a suite printed a secret. */
export async function scanForSecrets() {
  proveTheScan();
  const names = (await readdir(LOGS)).filter((name) => name.endsWith('.log'));
  if (names.length === 0) throw new StepFailed('No logs to scan for secrets; run the other suites first.');
  let lines = 0;
  const found = [];
  for (const name of names) {
    const text = await readFile(join(LOGS, name), 'utf8');
    lines += text.split('\n').length;
    found.push(...finds(text).map(({ line, kind }) => `  target/logs/${name}:${line}: ${kind}`));
  }
  if (found.length > 0) {
    console.error(found.slice(0, 40).join('\n'));
    throw new StepFailed(`The suites printed ${found.length} secrets; see the lines above.`);
  }
  console.log(`    ${names.length} logs with ${lines} lines contain no secret; the scan detected every test secret`);
}
