// Loaded with --import before a client. Works like /etc/hosts for this process only: TLS connections to TikTok's host names go
// to the gateway, whose certificate is verified for that name. Connections to other names fail. The clients are unmodified.

import tls from 'node:tls';
import { TIKTOK_HOSTS } from '../gateway.mjs';

const port = Number(process.env.GATEWAY_TLS_PORT);
const connect = tls.connect;

tls.connect = (options, ...rest) => {
  if (!TIKTOK_HOSTS.includes(options.host)) throw new Error(`this suite must not reach ${options.host}`);
  return connect({ ...options, servername: options.host, host: '127.0.0.1', port }, ...rest);
};
