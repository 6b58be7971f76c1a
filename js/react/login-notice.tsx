'use client';

import type { ShownAccount } from './account-card.js';
import { Notice } from './notice.js';

/** What the connect and callback routes put into the address of the page that follows: codes and ids, never text. */
export interface LoginNoticeProps {
  /** The query of the page; other names in it are ignored. */
  query: Readonly<Record<string, string | string[] | undefined>>;
  /** The accounts of the page's workspace: the connected one is named by its entry here. */
  accounts: readonly Pick<ShownAccount, 'accountId' | 'displayName'>[];
}

const FAILED = 'TikTok was not connected. Try again; if it fails again, ask the operator of this dashboard.';

/** By the codes of toklink's errors and of its routes. */
const BY_CODE: Readonly<Record<string, string>> = {
  UNAUTHORIZED: 'TikTok was not connected: the consent was declined, or came too late. Press Connect to try again.',
  INTEGRITY: 'This login was not started in this browser, or is too old. Press Connect to start another.',
  OTHER_PERSON: 'Another person started this login. Sign in as that person, or press Connect to start your own.',
  FORBIDDEN: 'You may not connect accounts in this workspace. Ask an owner or admin to do it.',
  SIGNED_OUT: 'You are signed out. Sign in, then press Connect again.',
  PERMISSION_DENIED: 'TikTok does not grant this app what it asks for. Ask the operator of this dashboard to look at its scopes.',
  CONFIG: 'TikTok is not set up on this server. Ask the operator of this dashboard to run toklink doctor.',
  RATE_LIMITED: 'TikTok received too many requests. Try again in a minute.',
  QUOTA_EXHAUSTED: 'TikTok allows no more requests today. Try again tomorrow.',
  UNAVAILABLE: 'TikTok could not be reached. Try again in a minute.',
  CONFLICT: 'This login was used already. Press Connect to start another.',
};

/** TikTok's scopes (docs/tiktok-api.md 3). */
const SCOPES: Readonly<Record<string, string>> = {
  'user.info.basic': 'name and picture',
  'user.info.profile': 'profile',
  'user.info.stats': 'follower and like counts',
  'video.list': 'list of videos',
  'video.publish': 'posting',
  'video.upload': 'drafts',
};

/** Shows how a login ended, from the query that the connect and callback routes add; nothing when there was none. */
export function LoginNotice({ query, accounts }: LoginNoticeProps) {
  const { connected, accountId, missing, error } = query;
  if (typeof error === 'string') return <Notice tone="bad">{lookUp(BY_CODE, error) ?? FAILED}</Notice>;
  // An address that names no account of this workspace is not one that the callback route made.
  const account = accounts.find((each) => each.accountId === accountId);
  if (connected !== 'tiktok' || account === undefined) return null;
  const scopes = typeof missing === 'string' ? missing.split(',').flatMap((scope) => lookUp(SCOPES, scope) ?? []) : [];
  return (
    <>
      <Notice tone="good">
        Connected <strong>{account.displayName}</strong>.
      </Notice>
      {scopes.length > 0 && <Notice tone="warn">Not granted: {scopes.join(', ')}. Reconnect to grant it.</Notice>}
    </>
  );
}

function lookUp(words: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined;
}
