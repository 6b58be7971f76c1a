export { Caption } from './text/caption.js';
export { Client, probeVideo } from './client.js';
export type { TikTokApi } from './client-interface.js';
export { ERROR_CODES, ToklinkError } from './errors.js';
export type { ConfigProblem, ErrorCode, ErrorFields, ErrorJson, ErrorOwner, ErrorReason } from './errors.js';
export type * from './types.js';
