import { describe, expect, it } from 'vitest';
import { withToklink } from '../../js/next-config.js';

interface Config {
  poweredByHeader?: boolean;
  serverExternalPackages?: string[];
  rewrites?: () => Promise<unknown>;
}
const FILE = { source: '/:file(tiktok[A-Za-z0-9]{8,64}\\.txt)', destination: '/api/social/tiktok/:file' };
const OWN = { source: '/a', destination: '/b' };

describe('withToklink', () => {
  it('leaves the addon to Node, beside what the host leaves to it, and all else as it was', () => {
    const config = withToklink<Config>({ poweredByHeader: false, serverExternalPackages: ['sharp', 'toklink-native'] });
    expect(config).toMatchObject({ poweredByHeader: false, serverExternalPackages: ['sharp', 'toklink-native'] });
    expect(withToklink<Config>().serverExternalPackages).toEqual(['toklink-native']);
  });

  it("leads TikTok's verification file to the routes, behind the host's own rewrites of either form", async () => {
    expect(await withToklink<Config>().rewrites?.()).toEqual([FILE]);
    expect(await withToklink<Config>({ rewrites: async () => [OWN] }).rewrites?.()).toEqual([OWN, FILE]);
    const phases = { beforeFiles: [OWN], fallback: [OWN] };
    expect(await withToklink<Config>({ rewrites: async () => phases }).rewrites?.()).toEqual({ ...phases, afterFiles: [FILE] });
    const elsewhere = withToklink<Config>({}, { basePath: '/tt' });
    expect(await elsewhere.rewrites?.()).toEqual([{ ...FILE, destination: '/tt/:file' }]);
  });

  it('takes a function, which is called with what Next.js gives it', async () => {
    const config = withToklink<Config>(async (phase: string) => ({ poweredByHeader: phase === 'build' }));
    const [built, served] = [await config('build', {}), await config('serve', {})];
    expect([built.poweredByHeader, served.poweredByHeader]).toEqual([true, false]);
    expect(built.serverExternalPackages).toEqual(['toklink-native']);
  });
});
