// Loaded with --import before a dashboard. Sets the request timeout of its servers to 2.5 s instead of 300 s, and the check
// interval to 100 ms instead of 30 s.
import http from 'node:http';

const { createServer } = http;
http.createServer = (first, second) => {
  const [options, listener] = typeof first === 'function' ? [{}, first] : [first, second];
  return createServer({ ...options, requestTimeout: 2_500, connectionsCheckingInterval: 100 }, listener);
};
