import type { NextConfig } from 'next';
import { withToklink } from 'toklink/next-config';

const config: NextConfig = {
  output: 'standalone',
  poweredByHeader: false,
  // The tests install the packages above this folder.
  outputFileTracingRoot: process.env['PACKAGES_ROOT'] ?? import.meta.dirname,
};

export default withToklink(config);
