import type { NextConfig } from 'next';

const config: NextConfig = {
  output: 'standalone',
  poweredByHeader: false,
  // The tests install the packages above this folder.
  outputFileTracingRoot: process.env['PACKAGES_ROOT'] ?? import.meta.dirname,
};

export default config;
