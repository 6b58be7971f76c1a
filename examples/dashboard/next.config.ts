import type { NextConfig } from 'next';
import { withToklink } from 'toklink/next-config';

const config: NextConfig = {
  // The callback's query contains an authorization code, which must not be logged.
  logging: { incomingRequests: { ignore: [/\/api\/social\/tiktok\/callback/] } },
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
};

export default withToklink(config);
