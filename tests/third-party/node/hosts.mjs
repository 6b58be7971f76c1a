// Loaded before a client with --import: what /etc/hosts would do, for this process alone. TLS sockets to TikTok's names go to
// the gateway (the name is still the one that is verified); to any other name they fail. The clients are not touched.

import tls from 'node:tls';
import { TIKTOK_HOSTS } from '../gateway.mjs';

const port = Number(process.env.GATEWAY_TLS_PORT);
const connect = tls.connect;

tls.connect = (options, ...rest) => {
  if (!TIKTOK_HOSTS.includes(options.host)) throw new Error(`this suite must not reach ${options.host}`);
  return connect({ ...options, servername: options.host, host: '127.0.0.1', port }, ...rest);
};
