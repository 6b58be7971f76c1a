import { readFile } from 'node:fs/promises';
import { matchesGlob, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withToklink } from '../../js/next-config.js';

interface Config {
  poweredByHeader?: boolean;
  serverExternalPackages?: string[];
  rewrites?: () => Promise<unknown>;
  outputFileTracingExcludes?: Record<string, string[]>;
  outputFileTracingRoot?: string;
}
const FILE = { source: '/:file(tiktok[A-Za-z0-9]{8,64}\\.txt)', destination: '/api/social/tiktok/:file' };
const OWN = { source: '/a', destination: '/b' };

describe('withToklink', () => {
  it('adds only the addon to the host\'s external packages', () => {
    const config = withToklink<Config>({ poweredByHeader: false, serverExternalPackages: ['sharp', 'toklink-native'] });
    expect(config).toMatchObject({ poweredByHeader: false, serverExternalPackages: ['sharp', 'toklink-native'] });
    expect(withToklink<Config>().serverExternalPackages).toEqual(['toklink-native']);
  });

  it("routes the verification file after the host's rewrites", async () => {
    expect(await withToklink<Config>().rewrites?.()).toEqual([FILE]);
    expect(await withToklink<Config>({ rewrites: async () => [OWN] }).rewrites?.()).toEqual([OWN, FILE]);
    const phases = { beforeFiles: [OWN], fallback: [OWN] };
    expect(await withToklink<Config>({ rewrites: async () => phases }).rewrites?.()).toEqual({ ...phases, afterFiles: [FILE] });
    const elsewhere = withToklink<Config>({}, { basePath: '/tt' });
    expect(await elsewhere.rewrites?.()).toEqual([{ ...FILE, destination: '/tt/:file' }]);
  });

  it('excludes the binaries of other platforms from the output', async () => {
    const here = `${process.platform}-${process.arch}`;
    const every = (config: Config): string[] => config.outputFileTracingExcludes?.['/*'] ?? [];
    // All published platforms except the current one.
    const loader = await readFile(new URL('../../js/native/load.ts', import.meta.url), 'utf8');
    const published = /const PUBLISHED = \[([\s\S]*?)\]/.exec(loader)?.[1]?.match(/[\w-]{5,}/g) ?? [];
    expect(published.length).toBeGreaterThan(4);
    const matched = (config: Config, target: string): boolean =>
      every(config).some((pattern) => matchesGlob(`/app/node_modules/toklink-native-${target}/toklink.node`, `/app/${pattern}`));
    for (const target of published) {
      expect(matched(withToklink<Config>(), target), target).toBe(!target.startsWith(here));
      expect(matched(withToklink<Config>({}, { systems: ['win32-x64'] }), target), target).toBe(!target.startsWith('win32-x64'));
    }
    expect(every(withToklink<Config>()).some((pattern) => matchesGlob('/app/node_modules/toklink-native/main.cjs', `/app/${pattern}`))).toBe(false);
    // The host's own exclusions are kept, and the patterns cover packages in a folder above the app.
    const own = { outputFileTracingExcludes: { '/*': ['a/**'], '/api': ['b/**'] }, outputFileTracingRoot: resolve('..') };
    const config = withToklink<Config>(own);
    expect(config.outputFileTracingExcludes).toMatchObject({ '/api': ['b/**'] });
    expect(every(config)[0]).toBe('a/**');
    expect(every(config).filter((pattern) => pattern.startsWith('../**/')).length).toBe(every(withToklink<Config>()).length);
  });

  it('accepts a configuration function and passes its arguments', async () => {
    const config = withToklink<Config>(async (phase: string) => ({ poweredByHeader: phase === 'build' }));
    const [built, served] = [await config('build', {}), await config('serve', {})];
    expect([built.poweredByHeader, served.poweredByHeader]).toEqual([true, false]);
    expect(built.serverExternalPackages).toEqual(['toklink-native']);
  });
});
