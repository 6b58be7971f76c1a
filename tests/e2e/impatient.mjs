// Loaded before a dashboard by --import: its servers cut requests after 2.5 s, where Node's own limit is 300 s, and check
// for them every 100 ms instead of every 30 s.
import http from 'node:http';

const { createServer } = http;
http.createServer = (first, second) => {
  const [options, listener] = typeof first === 'function' ? [{}, first] : [first, second];
  return createServer({ ...options, requestTimeout: 2_500, connectionsCheckingInterval: 100 }, listener);
};
