'use client';

import { useEffect, useState } from 'react';
import type { ShownAccount } from './account-card.js';
import { BY_CODE, SCOPES } from './login-words.js';
import { Notice } from './notice.js';

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** What the connect and callback routes put into the address of the page that follows: codes and ids, never text. */
export interface LoginNoticeProps {
  /** The query of the page; other names in it are ignored. Without it the notice reads the page's address in the browser. */
  query?: Query;
  /**
   * The accounts of the page's workspace: the connected one is named by its entry here, and an address that names no account of
   * them shows nothing. Without it no account is named.
   */
  accounts?: readonly Pick<ShownAccount, 'accountId' | 'displayName'>[];
}

const NAMES = ['connected', 'accountId', 'missing', 'error'];

/**
 * Shows how a login ended, from the query that the connect and callback routes add, until the person dismisses it; nothing when
 * there was none. A code that is not toklink's belongs to another platform of the page, and shows nothing.
 */
export function LoginNotice({ query, accounts }: LoginNoticeProps) {
  const [address, setAddress] = useState<Query>({});
  const [dismissed, setDismissed] = useState(false);
  // After the first rendering, which has to be that of the server, where there is no address.
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
  // An address that names no account of this workspace is not one that the callback route made.
  const account = accounts?.find((each) => each.accountId === accountId);
  if (connected !== 'tiktok' || typeof accountId !== 'string' || (accounts !== undefined && account === undefined)) return null;
  const scopes = typeof missing === 'string' ? missing.split(',').flatMap((scope) => lookUp(SCOPES, scope) ?? []) : [];
  return (
    <>
      <Notice tone="good" action={dismiss}>
        Connected <strong>{account?.displayName ?? 'TikTok'}</strong>.
      </Notice>
      {scopes.length > 0 && <Notice tone="warn">Not granted: {scopes.join(', ')}. Reconnect to grant it.</Notice>}
    </>
  );
}

/** Removes what the notice showed from the address, so that a reload does not show it again. */
function forget(): void {
  const url = new URL(location.href);
  for (const name of NAMES) url.searchParams.delete(name);
  history.replaceState(history.state, '', url);
}

function lookUp(words: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined;
}
