/**
 * What the edge runtime gets instead of toklink: one sentence at import. The names are there so that a bundler that looks for
 * them lets the sentence be read.
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
