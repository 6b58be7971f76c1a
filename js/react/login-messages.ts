import type { ErrorCode } from '../errors.js';
import type { HttpErrorCode } from '../http/respond.js';

const FAILED = 'TikTok was not connected. Try again. If it fails again, contact the operator of this dashboard.';

/** The message for each code that the connect and callback routes add to the URL. */
export const BY_CODE: Readonly<Record<ErrorCode | HttpErrorCode, string>> = {
  UNAUTHORIZED: 'You did not connect an account, or the login expired. Press Connect to try again.',
  INTEGRITY: 'This login was not started in this browser, or it has expired. Press Connect to start another one.',
  OTHER_PERSON: 'Another user started this login. Sign in as that user, or press Connect to start your own.',
  FORBIDDEN: 'You do not have permission to connect accounts in this workspace. Ask an owner or admin.',
  SIGNED_OUT: 'You are signed out. Sign in, then press Connect again.',
  PERMISSION_DENIED: 'TikTok does not grant this app the requested permissions. Ask the operator of this dashboard to check its scopes.',
  CONFIG: 'TikTok is not set up on this server. Ask the operator of this dashboard to run toklink doctor.',
  NOT_SET_UP: 'TikTok is not set up on this server. Ask the operator of this dashboard to run toklink doctor.',
  RATE_LIMITED: 'TikTok’s rate limit is reached. Try again in a minute.',
  QUOTA_EXHAUSTED: 'TikTok’s daily limit is reached. Try again tomorrow.',
  UNAVAILABLE: 'TikTok is unreachable. Try again in a minute.',
  CLOSED: 'The server is restarting. Try again in a minute.',
  BUSY: 'The server is busy. Try again in a minute.',
  CONFLICT: 'This login was already used. Press Connect to start another one.',
  CANCELLED: 'The login was cancelled. Press Connect to start another one.',
  INVALID_INPUT: FAILED,
  NOT_FOUND: FAILED,
  REJECTED: FAILED,
  INTERNAL: FAILED,
  FOREIGN_ORIGIN: FAILED,
  BAD_REQUEST: FAILED,
  INACTIVE: FAILED,
  FORGED: FAILED,
  TOO_LARGE: FAILED,
  LENGTH_REQUIRED: FAILED,
  SLOW: FAILED,
  INCOMPLETE: FAILED,
  OFFSET: FAILED,
  ENDED: FAILED,
  ELSEWHERE: FAILED,
  INTERRUPTED: FAILED,
};

/** Descriptions of TikTok's scopes for users (docs/tiktok-api.md 3). */
export const SCOPES: Readonly<Record<string, string>> = {
  'user.info.basic': 'name and picture',
  'user.info.profile': 'profile',
  'user.info.stats': 'follower and like counts',
  'video.list': 'list of videos',
  'video.publish': 'posting',
  'video.upload': 'drafts',
};
