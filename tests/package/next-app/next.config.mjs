export default {
  serverExternalPackages: ['toklink-native'],
  output: 'standalone',
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
};
