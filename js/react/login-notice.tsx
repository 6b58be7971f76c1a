'use client';

import { useEffect, useState } from 'react';
import type { ShownAccount } from './account-card.js';
import { BY_CODE, SCOPES } from './login-messages.js';
import { Notice } from './notice.js';

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Props of `LoginNotice`. The connect and callback routes add codes and ids to the page's URL, but never text. */
export interface LoginNoticeProps {
  /** The page's query; the notice ignores other parameters. When absent, the notice reads the page's URL in the browser. */
  query?: Query;
  /**
   * The accounts of the page's workspace. The notice takes the connected account's name from this list, and shows nothing when the
   * account in the URL is not in the list. When absent, the notice names no account.
   */
  accounts?: readonly Pick<ShownAccount, 'accountId' | 'displayName'>[];
}

const NAMES = ['connected', 'accountId', 'missing', 'error'];

/**
 * Shows the result of a login until the user dismisses it. Reads the result from the query that the connect and callback routes add.
 * Shows nothing if there is no result or the code is unknown, because the code may belong to another platform on the same page.
 */
export function LoginNotice({ query, accounts }: LoginNoticeProps) {
  const [address, setAddress] = useState<Query>({});
  const [dismissed, setDismissed] = useState(false);
  // Read the URL after the first render, which has to match the server's render, where the URL is unknown.
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
  // The callback route never adds an account of another workspace to the URL.
  const account = accounts?.find((each) => each.accountId === accountId);
  if (connected !== 'tiktok' || typeof accountId !== 'string' || (accounts !== undefined && account === undefined)) return null;
  const scopes = typeof missing === 'string' ? missing.split(',').flatMap((scope) => lookUp(SCOPES, scope) ?? []) : [];
  return (
    <>
      <Notice tone="good" action={dismiss}>
        Connected <strong>{account?.displayName ?? 'TikTok'}</strong>.
      </Notice>
      {scopes.length > 0 && <Notice tone="warn">You did not grant these permissions: {scopes.join(', ')}. Reconnect the account and grant all permissions.</Notice>}
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
