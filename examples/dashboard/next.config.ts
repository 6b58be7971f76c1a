import type { NextConfig } from 'next';

const config: NextConfig = {
  // Only the package with the addon: what is listed here is loaded by Node itself and not bundled.
  serverExternalPackages: ['toklink-native'],
  // The callback's query holds an authorization code, which belongs in no log.
  logging: { incomingRequests: { ignore: [/\/api\/social\/tiktok\/callback/] } },
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
};

export default config;
