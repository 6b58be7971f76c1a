import { withToklink } from 'toklink/next-config';

export default withToklink({
  output: 'standalone',
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
});
