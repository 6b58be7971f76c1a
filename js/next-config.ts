import { relative } from 'node:path';

/** The fields of a Next.js configuration that toklink reads and writes. */
interface Config {
  serverExternalPackages?: string[];
  rewrites?: () => Promise<Rewrites>;
  outputFileTracingExcludes?: Record<string, string[]>;
  outputFileTracingRoot?: string;
}

interface Rewrite {
  source: string;
  destination: string;
}
type Rewrites = Rewrite[] | { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] };

type ConfigFunction<C> = (...args: any[]) => C | Promise<C>;

/** The addon's package, which must not be bundled: Node.js has to load it. */
const NATIVE = 'toklink-native';
const EVERY_ROUTE = '/*';
const DEFAULT_ROUTES = '/api/social/tiktok';
/** The systems for which toklink-native has binaries: `PUBLISHED` in native/load.ts, without the C library. */
const SYSTEMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

/** Options of `withToklink`. */
export interface ToklinkConfig {
  /** The path of the catch-all route. Default `/api/social/tiktok`. */
  basePath?: string;
  /**
   * The systems on which the built app runs, such as `['linux-arm64']`. Default: the system of the build. The output file traces of
   * Next.js, and therefore `.next/standalone`, exclude the binaries of all other systems (up to 100 MB).
   */
  systems?: string[];
}

/**
 * Adapts a Next.js configuration, or a function that returns one, for toklink. Excludes the addon from bundles, lets the catch-all
 * route serve TikTok's verification file at the root of the domain, and excludes other systems' binaries from the output. Does not
 * change other settings.
 */
export function withToklink<C extends object>(config?: C, options?: ToklinkConfig): C;
export function withToklink<C extends object>(config: ConfigFunction<C>, options?: ToklinkConfig): ConfigFunction<C>;
export function withToklink<C extends object>(
  config: C | ConfigFunction<C> = {} as C,
  options: ToklinkConfig = {},
): C | ConfigFunction<C> {
  if (typeof config === 'function') return async (...args) => fit(await config(...args), options);
  return fit(config, options);
}

function fit<C extends object>(config: C, { basePath = DEFAULT_ROUTES, systems = [`${process.platform}-${process.arch}`] }: ToklinkConfig): C {
  const given = config as C & Config;
  const { rewrites } = given;
  const external = new Set([...(given.serverExternalPackages ?? []), NATIVE]);
  const verification = { source: '/:file(tiktok[A-Za-z0-9]{8,64}\\.txt)', destination: `${basePath}/:file` };
  return {
    ...config,
    serverExternalPackages: [...external],
    outputFileTracingExcludes: withoutForeign(given, systems),
    rewrites: async (): Promise<Rewrites> => {
      const own = (await rewrites?.call(config)) ?? [];
      // A file with that name in the host's public folder takes precedence.
      if (Array.isArray(own)) return [...own, verification];
      return { ...own, afterFiles: [...(own.afterFiles ?? []), verification] };
    },
  };
}

/** Excludes the packages of other systems from the file trace of every route. */
function withoutForeign({ outputFileTracingExcludes: own = {}, outputFileTracingRoot: root }: Config, systems: string[]): Record<string, string[]> {
  // Next.js resolves the patterns from the app's folder; a workspace may install packages in a folder above.
  const above = root === undefined ? '' : relative(process.cwd(), root).replaceAll('\\', '/');
  const folders = above.startsWith('..') ? ['**', `${above}/**`] : ['**'];
  const foreign = SYSTEMS.filter((system) => !systems.includes(system));
  const patterns = folders.flatMap((folder) => foreign.map((system) => `${folder}/${NATIVE}-${system}*/**`));
  return { ...own, [EVERY_ROUTE]: [...(own[EVERY_ROUTE] ?? []), ...patterns] };
}
