/**
 * Replaces toklink in the edge runtime, where importing it throws an error. It exports toklink's names, because the bundler would
 * otherwise fail before this error appears.
 */
const SENTENCE =
  "toklink needs the Node.js runtime: remove `export const runtime = 'edge'` from the file that imports it, and do not import it in middleware.";

export const Client = undefined;
export const createTikTokHandlers = undefined;
export const createTikTokRoutes = undefined;
export const perProcess = undefined;
export const STATUS_OF = undefined;
export const ToklinkError = undefined;

throw new Error(SENTENCE);
