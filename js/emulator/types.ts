/** How an emulator for tests is started. */
export interface StartOptions {
  /** Port on 127.0.0.1; a free one when absent. */
  port?: number;
  /** One seed gives one history of ids, tokens and counters (default 1). */
  seed?: number;
  /** Rate windows and daily caps (default true). */
  limits?: boolean;
  /** A scenario file, YAML or JSON. */
  scenario?: string;
  /** `virtual` (default): time stands still until `advance`. `real`: it runs, and `advance` moves it further. */
  clock?: 'virtual' | 'real';
}

/** What TikTok serves, by the emulator's names. */
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

/** One request as it was answered. Secrets in `query` are masked; bodies are not kept. */
export interface RecordedRequest {
  /** Counts from 1 since the start or the last reset. */
  seq: number;
  /** The emulator's time of the answer, unix milliseconds. */
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
  /** A fault rule acted on it. */
  faulted: boolean;
  logId: string | null;
}

/** An endpoint's name or a path, once; or with how often in a row, and with which HTTP status. */
export type ExpectedRequest =
  | EndpointName
  | `/${string}`
  | {
      endpoint: EndpointName | `/${string}`;
      /** How often in a row (default 1). */
      times?: number;
      status?: number;
    };

/** What goes wrong, where, and on which call; docs/EMULATOR.md explains each field. */
export interface FaultRule {
  /** An endpoint's name, a path, or `*` for all. */
  endpoint: EndpointName | `/${string}` | '*';
  enabled?: boolean;
  clientKey?: string;
  username?: string;
  publishId?: string;
  /** Only calls that carry this token. */
  token?: string;
  /** First matching call that is hit, counted from 1 (the default) since the rule was added. */
  nth?: number;
  /** How many calls are hit; 0 is no end. Default 1, or no end with a probability. */
  times?: number;
  /** Chance of each call, 0 to 1, drawn from the seed. */
  probability?: number;
  preset?: 'proxy_html';
  /** HTTP status of the answer. */
  status?: number;
  /** TikTok's error code in the answer. */
  code?: string;
  /** A raw body instead of TikTok's envelope. */
  body?: string;
  contentType?: string;
  /** Real milliseconds before anything else. */
  delayMs?: number;
  /** Reset the connection instead of answering. */
  reset?: boolean;
  /** Let the request take effect first. */
  after?: boolean;
  /** With `reset`: once this many bytes of the request's body were taken. */
  bodyBytes?: number;
  /** With `reset`: once this many bytes of the answer's body went out. */
  answerBytes?: number;
  corrupt?: 'truncated' | 'garbled';
  throttle?: { bytes: number; everyMs: number };
  contentRange?: string;
}

/** A consent without a browser. */
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

export interface CreateUsersInput {
  /** Default: the seeded, audited app. */
  clientKey?: string;
  /** Number of users, 1 to 10,000. */
  count: number;
  /** Granted scopes. Default: all scopes of the app. */
  scopes?: string[];
  /** Number of videos of each user. Default: none. */
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
  /** Seconds. */
  expiresIn: number;
  /** Seconds. */
  refreshExpiresIn: number;
}
