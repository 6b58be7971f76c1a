/** What is read and written of a Next.js configuration. */
interface Config {
  serverExternalPackages?: string[];
  rewrites?: () => Promise<Rewrites>;
}

interface Rewrite {
  source: string;
  destination: string;
}
type Rewrites = Rewrite[] | { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] };

type ConfigFunction<C> = (...args: any[]) => C | Promise<C>;

/** The package with the addon, which Node must load itself. */
const NATIVE = 'toklink-native';
const DEFAULT_ROUTES = '/api/social/tiktok';

export interface ToklinkConfig {
  /** Where the catch-all route is. Default `/api/social/tiktok`. */
  basePath?: string;
}

/**
 * Makes a Next.js configuration, or a function that gives one, fit for toklink: the addon is loaded by Node and not bundled,
 * and TikTok's verification file at the root of the domain is answered by the catch-all route. All else stays as it is.
 */
export function withToklink<C extends object>(config?: C, options?: ToklinkConfig): C;
export function withToklink<C extends object>(config: ConfigFunction<C>, options?: ToklinkConfig): ConfigFunction<C>;
export function withToklink<C extends object>(
  config: C | ConfigFunction<C> = {} as C,
  { basePath = DEFAULT_ROUTES }: ToklinkConfig = {},
): C | ConfigFunction<C> {
  if (typeof config === 'function') return async (...args) => fit(await config(...args), basePath);
  return fit(config, basePath);
}

function fit<C extends object>(config: C, basePath: string): C {
  const given = config as C & Config;
  const { rewrites } = given;
  const external = new Set([...(given.serverExternalPackages ?? []), NATIVE]);
  const verification = { source: '/:file(tiktok[A-Za-z0-9]{8,64}\\.txt)', destination: `${basePath}/:file` };
  return {
    ...config,
    serverExternalPackages: [...external],
    rewrites: async (): Promise<Rewrites> => {
      const own = (await rewrites?.call(config)) ?? [];
      // A file of that name in the host's own public folder comes first.
      if (Array.isArray(own)) return [...own, verification];
      return { ...own, afterFiles: [...(own.afterFiles ?? []), verification] };
    },
  };
}
