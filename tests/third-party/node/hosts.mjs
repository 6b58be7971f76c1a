// Loaded before a client with --import. Works like /etc/hosts for this process only: TLS sockets to TikTok's names connect to
// the gateway (the name is still verified), and those to any other name fail. The clients stay unmodified.

import tls from 'node:tls';
import { TIKTOK_HOSTS } from '../gateway.mjs';

const port = Number(process.env.GATEWAY_TLS_PORT);
const connect = tls.connect;

tls.connect = (options, ...rest) => {
  if (!TIKTOK_HOSTS.includes(options.host)) throw new Error(`this suite must not reach ${options.host}`);
  return connect({ ...options, servername: options.host, host: '127.0.0.1', port }, ...rest);
};
