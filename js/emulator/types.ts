/** Options of `start`. */
export interface StartOptions {
  /** Port on 127.0.0.1; a free port when absent. */
  port?: number;
  /** The same seed produces the same ids, tokens and counters (default 1). */
  seed?: number;
  /** Enforces rate limits and daily caps (default true). */
  limits?: boolean;
  /** A scenario file, YAML or JSON. */
  scenario?: string;
  /** `virtual` (default): time changes only by `advance`. `real`: time passes, and `advance` adds to it. */
  clock?: 'virtual' | 'real';
}

/** The emulator's names for TikTok's endpoints. */
export type EndpointName =
  | 'authorize'
  | 'token'
  | 'revoke'
  | 'get_qrcode'
  | 'check_qrcode'
  | 'user_info'
  | 'video_list'
  | 'video_query'
  | 'creator_info'
  | 'video_init'
  | 'inbox_init'
  | 'content_init'
  | 'status'
  | 'cancel'
  | 'upload';

/** One request that the emulator received, and its response. The emulator masks secrets in `query` and does not record bodies. */
export interface RecordedRequest {
  /** The number of the request, counted from 1 since the start or the last reset. */
  seq: number;
  /** The time of the response on the emulator's clock, in Unix milliseconds. */
  atMs: number;
  method: string;
  path: string;
  query: string;
  /** `null` for a path that TikTok does not serve. */
  endpoint: EndpointName | null;
  /** 0 when the connection was reset or lost. */
  status: number;
  /** TikTok's error code, unless it is `ok`. */
  errorCode: string | null;
  clientKey: string | null;
  username: string | null;
  publishId: string | null;
  bodyBytes: number;
  contentRange: string | null;
  /** True when a fault rule applied. */
  faulted: boolean;
  logId: string | null;
}

/** One expected request: an endpoint's name, a path, or an object that can also have an HTTP status and a number of repetitions. */
export type ExpectedRequest =
  | EndpointName
  | `/${string}`
  | {
      endpoint: EndpointName | `/${string}`;
      /** The number of equal consecutive requests (default 1). */
      times?: number;
      status?: number;
    };

/** A fault to inject, and the calls that it applies to; docs/EMULATOR.md explains each field. */
export interface FaultRule {
  /** An endpoint's name, a path, or `*` for all. */
  endpoint: EndpointName | `/${string}` | '*';
  enabled?: boolean;
  clientKey?: string;
  username?: string;
  publishId?: string;
  /** Only calls with this token. */
  token?: string;
  /** The first matching call that fails, counted from 1 (the default) since the rule was added. */
  nth?: number;
  /** The number of calls that fail; 0 for all calls. Default 1, or all calls when `probability` is set. */
  times?: number;
  /** The probability of a fault for each call, 0 to 1, drawn from the seed. */
  probability?: number;
  preset?: 'proxy_html';
  /** HTTP status of the response. */
  status?: number;
  /** TikTok's error code in the response. */
  code?: string;
  /** A raw body instead of TikTok's envelope. */
  body?: string;
  contentType?: string;
  /** Delay before the request is processed, in real milliseconds. */
  delayMs?: number;
  /** True to reset the connection without a response. */
  reset?: boolean;
  /** True to let the request take effect before the fault. */
  after?: boolean;
  /** With `reset`: the number of bytes of the request body to read before the reset. */
  bodyBytes?: number;
  /** With `reset`: the number of bytes of the response body to send before the reset. */
  answerBytes?: number;
  corrupt?: 'truncated' | 'garbled';
  throttle?: { bytes: number; everyMs: number };
  contentRange?: string;
}

/** Options of `grant`. */
export interface GrantInput {
  /** Default: the seeded, audited app. */
  clientKey?: string;
  /** A seeded user, for example `ana.makes`. */
  username: string;
  scopes: string[];
  redirectUri: string;
  /** Lowercase hex of SHA-256; required for loopback redirects. */
  codeChallenge?: string;
}

/** Options of `createUsers`. */
export interface CreateUsersInput {
  /** Default: the seeded, audited app. */
  clientKey?: string;
  /** Number of users, 1 to 10,000. */
  count: number;
  /** Granted scopes. Default: all scopes of the app. */
  scopes?: string[];
  /** The number of videos to create for each user. Default 0. */
  videos?: number;
}

/** A new user with the tokens that a token exchange returns. */
export interface CreatedUser {
  username: string;
  openId: string;
  accessToken: string;
  refreshToken: string;
  /** Granted scopes, separated by commas. */
  scope: string;
  /** The lifetime of the access token, in seconds. */
  expiresIn: number;
  /** The lifetime of the refresh token, in seconds. */
  refreshExpiresIn: number;
}
