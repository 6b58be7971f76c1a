/**
 * Replaces toklink in the edge runtime: importing it throws an error with one message. The exported names exist so that bundling does not fail before
 * the message is shown.
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
