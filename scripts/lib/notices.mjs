// THIRD_PARTY.md of a binary: the crates that are linked into it, under which licence, with the texts that these licences
// want to go along. `cargo metadata` knows the crates; the texts lie in their sources.

import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from './paths.mjs';
import { StepFailed } from './run.mjs';

/**
 * @param {string} crate the crate that the binary is built from
 * @param {string} target for which machine, in Rust's names
 */
export async function notices(crate, target) {
  const linked = linkedInto(crate, target);
  /** Each text with the crates that it is of: many share one. */
  const texts = new Map();
  for (const { name, version, license, authors, manifest_path } of linked) {
    const found = await textsOf(dirname(manifest_path), license);
    // A crate without a file has said its licence in its manifest alone.
    if (found.length === 0) found.push(`${license}\n\nCopyright (c) ${authors.join(', ') || `the authors of ${name}`}`);
    for (const text of found) texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
  }
  const rows = linked.map(({ name, version, license, repository }) => `| ${name} ${version} | ${license} | ${repository ?? ''} |`);
  const sections = [...texts].map(([text, of]) => `## ${of.join(', ')}\n\n${indented(text)}`);
  return [
    '# What is in this binary besides toklink',
    'The Rust standard library (MIT OR Apache-2.0, https://github.com/rust-lang/rust), and:',
    ['| Crate | Licence | Source |', '|---|---|---|', ...rows].join('\n'),
    ...sections,
  ].join('\n\n') + '\n';
}

/** The crates of others that end up in the binary: neither those of builds and macros' builds nor those of tests. */
function linkedInto(crate, target) {
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform', target];
  const { status, stdout, stderr } = spawnSync('cargo', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new StepFailed(`cargo ${args.join(' ')} failed: ${stderr}`);
  const { packages, resolve } = JSON.parse(stdout);
  const byId = new Map(packages.map((each) => [each.id, each]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const seen = new Set();
  const open = packages.filter(({ name }) => name === crate).map(({ id }) => id);
  if (open.length !== 1) throw new StepFailed(`There is no crate ${crate}.`);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) if (dep_kinds.some(({ kind }) => kind === null)) open.push(pkg);
  }
  return [...seen]
    .map((id) => byId.get(id))
    .filter(({ source }) => source !== null)
    .sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
}

/** The texts that go along. Where MIT is one of the choices, it is chosen, and its text alone is enough. */
async function textsOf(folder, license) {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name)).sort();
  const choice = /\bMIT\b/.test(license) && !/\bAND\b/.test(license) ? names.filter((name) => /mit/i.test(name)) : [];
  const chosen = choice.length > 0 ? choice : names;
  const read = chosen.map((name) => readFile(join(folder, name), 'utf8').catch(() => ''));
  return (await Promise.all(read)).map((text) => text.replaceAll('\r\n', '\n').trim()).filter((text) => text !== '');
}

const indented = (text) => text.split('\n').map((line) => (line === '' ? '' : `    ${line}`)).join('\n');
