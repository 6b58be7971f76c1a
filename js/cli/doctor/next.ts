import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { middleware } from './middleware.js';
import { requestTimeout } from './request-timeout.js';
import { firstOf, withoutComments } from './source.js';

const CHECK = 'Next.js';
const ADDON = 'toklink-native';
const SURROUND = `Write export default withToklink(config) in next.config (from toklink/next-config), or add serverExternalPackages: ['${ADDON}'] to it.`;

/** Returns true when there is a Next.js app in this folder. */
export function isNextApp(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return false;
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object | undefined>;
    return 'next' in { ...devDependencies, ...dependencies };
  } catch {
    return false;
  }
}

/** Checks the Next.js settings that affect the addon and large request bodies. Reads the configuration as text and does not run it. */
export function next(folder: string): Finding[] {
  if (!isNextApp(folder)) return [ok(CHECK, 'there is no Next.js app in this folder; use --app to check another folder')];
  const file = firstOf(folder, ['next.config'], ['.ts', '.mts', '.js', '.mjs', '.cjs']);
  const config = file === undefined ? '' : withoutComments(readFileSync(join(folder, file), 'utf8'));
  return [externals(file, config), ...installed(folder), ...middleware(folder), ...requestTimeout(folder)];
}

function externals(file: string | undefined, config: string): Finding {
  if (file === undefined) {
    return wrong(CHECK, 'next.config is missing, so Next.js bundles the addon, which breaks it', `Create next.config.mjs. ${SURROUND}`);
  }
  const list = /server(?:External|ComponentsExternal)Packages\s*:\s*\[([^\]]*)\]/.exec(config)?.[1] ?? '';
  const names = [...list.matchAll(/(["'`])(.*?)\1/g)].map(([, , name]) => name);
  if (names.includes('toklink')) {
    const fix = `Replace toklink with ${ADDON}: Next.js does not bundle the packages in this list, but must bundle toklink/react.`;
    return wrong(CHECK, `${file} lists toklink in serverExternalPackages`, fix);
  }
  if (names.includes(ADDON)) return ok(CHECK, `${file} does not bundle ${ADDON}`);
  if (/\bwithToklink\s*\(/.test(config)) return ok(CHECK, `${file} uses withToklink`);
  if (/(?:from|require\(|import\()\s*["']\.{1,2}\//.test(config)) {
    return warning(CHECK, `${file} does not list ${ADDON}; the doctor does not check the files that it imports`, SURROUND);
  }
  return wrong(CHECK, `${file} does not list ${ADDON}, so Next.js bundles the addon, which breaks it`, SURROUND);
}

/** Checks that the app can load the addon from a real folder in node_modules; otherwise the bundler includes the addon. */
function installed(folder: string): Finding[] {
  let packageFolder: string;
  try {
    packageFolder = dirname(createRequire(join(folder, 'package.json')).resolve(`${ADDON}/package.json`));
  } catch {
    const fix = `Install it beside toklink: npm install ${ADDON}, or pnpm add ${ADDON}.`;
    return [wrong(CHECK, `${ADDON} cannot be loaded from this folder, so Next.js cannot load it at run time`, fix)];
  }
  if (/[/\\]node_modules[/\\]/.test(realpathSync(packageFolder))) return [];
  const fix = 'Install a copy: install-links=true in .npmrc, or the packed tarball.';
  return [wrong(CHECK, `${ADDON} is a link to a folder outside node_modules, which Next.js cannot load`, fix)];
}
