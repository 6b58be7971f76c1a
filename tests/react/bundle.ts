import { build, type BuildOptions } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { counting } from './counted.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const BEFORE = at('./react-18/node_modules');

export type ReactVersion = '18' | '19';

const SHARED = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  jsx: 'automatic',
  minify: true,
  define: { 'process.env.NODE_ENV': '"production"' },
} satisfies BuildOptions;

/** Bundles the test page with this React version. */
export async function bundlePage(version: ReactVersion): Promise<string> {
  const alias = version === '18' ? { react: `${BEFORE}/react`, 'react-dom': `${BEFORE}/react-dom` } : {};
  const { outputFiles } = await build({ ...SHARED, ...counting, write: false, entryPoints: [at('./page.tsx')], alias });
  return outputFiles[0]?.text ?? '';
}

/** Bundles all of toklink/react without React, which the host provides. */
export async function bundleLibrary(): Promise<Uint8Array> {
  const external = ['react', 'react-dom', 'react/jsx-runtime'];
  const { outputFiles } = await build({ ...SHARED, entryPoints: [at('../../js/react/index.ts')], external });
  return outputFiles[0]?.contents ?? new Uint8Array();
}
