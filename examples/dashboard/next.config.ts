import type { NextConfig } from 'next';

const config: NextConfig = {
  // Only the package with the addon: what is listed here is loaded by Node itself and not bundled.
  serverExternalPackages: ['toklink-native'],
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
};

export default config;
