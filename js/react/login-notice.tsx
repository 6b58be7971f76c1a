'use client';

import { useEffect, useState } from 'react';
import type { ShownAccount } from './account-card.js';
import { BY_CODE, SCOPES } from './login-messages.js';
import { Notice } from './notice.js';

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** The codes and ids that the connect and callback routes add to the URL of the next page. They never add text. */
export interface LoginNoticeProps {
  /** The query of the page; other parameters are ignored. Without it, the notice reads the URL of the page in the browser. */
  query?: Query;
  /**
   * The accounts of the page's workspace. The notice shows the name of the connected one from this list, and shows nothing when the
   * account in the URL is not in it. Without the list no account is named.
   */
  accounts?: readonly Pick<ShownAccount, 'accountId' | 'displayName'>[];
}

const NAMES = ['connected', 'accountId', 'missing', 'error'];

/**
 * Shows the result of a login, from the query that the connect and callback routes add, until the user dismisses it. Shows nothing
 * without a login, and for an unknown code, which belongs to another platform on the same page.
 */
export function LoginNotice({ query, accounts }: LoginNoticeProps) {
  const [address, setAddress] = useState<Query>({});
  const [dismissed, setDismissed] = useState(false);
  // After the first rendering, which has to match that of the server, where the URL is unknown.
  useEffect(() => setAddress(Object.fromEntries(new URLSearchParams(location.search))), []);
  if (dismissed) return null;
  const dismiss = (
    <button
      type="button"
      className="toklink-button"
      onClick={() => {
        setDismissed(true);
        forget();
      }}
    >
      Dismiss
    </button>
  );
  const { connected, accountId, missing, error } = query ?? address;
  if (typeof error === 'string') {
    const words = lookUp(BY_CODE, error);
    return words === undefined ? null : (
      <Notice tone="bad" action={dismiss}>
        {words}
      </Notice>
    );
  }
  // A URL with an account of another workspace does not come from the callback route.
  const account = accounts?.find((each) => each.accountId === accountId);
  if (connected !== 'tiktok' || typeof accountId !== 'string' || (accounts !== undefined && account === undefined)) return null;
  const scopes = typeof missing === 'string' ? missing.split(',').flatMap((scope) => lookUp(SCOPES, scope) ?? []) : [];
  return (
    <>
      <Notice tone="good" action={dismiss}>
        Connected <strong>{account?.displayName ?? 'TikTok'}</strong>.
      </Notice>
      {scopes.length > 0 && <Notice tone="warn">You did not allow: {scopes.join(', ')}. Reconnect and allow all permissions.</Notice>}
    </>
  );
}

/** Removes the displayed result from the URL, so that a reload does not show it again. */
function forget(): void {
  const url = new URL(location.href);
  for (const name of NAMES) url.searchParams.delete(name);
  history.replaceState(history.state, '', url);
}

function lookUp(words: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined;
}
