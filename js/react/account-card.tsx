'use client';

import { useRef, useState } from 'react';
import type { AccountStatus } from '../types.js';
import { Avatar } from './avatar.js';
import { TikTokIcon } from './icon.js';
import { Notice } from './notice.js';
import { ask } from './request.js';
import { routePath, type Mounted } from './routes.js';

/** The fields of a connected account that a card shows. */
export interface ShownAccount {
  accountId: string;
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  status: AccountStatus;
  /** ISO 8601, or a Date. */
  connectedAt: string | Date;
  /** The name of the user who connected the account. toklink's `Account` has only that user's id, which the card does not show. */
  connectedByName?: string;
}

const STATUS: Record<AccountStatus, { tone: 'good' | 'warn' | 'bad'; name: string; advice: string | null }> = {
  ACTIVE: { tone: 'good', name: 'Active', advice: null },
  EXPIRED: { tone: 'bad', name: 'Expired', advice: 'The TikTok connection has expired. Reconnect the account.' },
  ERROR: { tone: 'bad', name: 'Error', advice: 'The last request failed. The next successful request clears this error. If it persists, reconnect the account.' },
  RATE_LIMITED: { tone: 'warn', name: 'Rate limited', advice: 'This account sent too many requests to TikTok. Try again in a minute.' },
  RESTRICTED: { tone: 'warn', name: 'Restricted', advice: 'TikTok has blocked this account from posting. Check its notifications in the TikTok app.' },
  DISCONNECTED: { tone: 'bad', name: 'Disconnected', advice: 'Reconnect the account to use it.' },
};

const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

/** Returns the name to show for an account. TikTok allows an empty nickname, and users do not know the account id. */
function nameOf({ displayName, username }: ShownAccount): string {
  if (displayName !== '') return displayName;
  return username === null ? 'TikTok account' : `@${username}`;
}

export interface AccountCardProps extends Mounted {
  account: ShownAccount;
  workspace: { id: string; slug: string };
  /** Lets this user reconnect and disconnect the account. Default true. */
  mayConnect?: boolean;
  /** Called after the account was disconnected. */
  onDisconnected?: () => void;
}

/** Shows a connected account with its status and its actions. */
export function AccountCard({ account, workspace, basePath, mayConnect = true, onDisconnected }: AccountCardProps) {
  const { username, avatarUrl, status, connectedAt, connectedByName } = account;
  const shownName = nameOf(account);
  const { tone, name, advice } = STATUS[status];
  const reconnect = routePath(basePath, 'connect', { workspaceId: workspace.id, workspaceSlug: workspace.slug });
  return (
    <article className="toklink-panel toklink-account" aria-label={shownName}>
      <Avatar name={shownName} url={avatarUrl} />
      <div className="toklink-account-what">
        <div className="toklink-row">
          <TikTokIcon size={16} />
          <strong>{shownName}</strong>
          <span className={`toklink-badge toklink-badge-${tone}`} data-status={status}>
            {name}
          </span>
        </div>
        <p className="toklink-small">
          {username !== null && <>@{username} · </>}
          connected {DAY.format(new Date(connectedAt))}
          {connectedByName !== undefined && <> by {connectedByName}</>}
        </p>
        {advice !== null && <p className="toklink-small">{advice}</p>}
      </div>
      {mayConnect && (
        <div className="toklink-row">
          <a className="toklink-button" href={reconnect}>
            Reconnect
          </a>
          <Disconnect account={account} workspaceId={workspace.id} basePath={basePath} onDisconnected={onDisconnected} />
        </div>
      )}
    </article>
  );
}

interface DisconnectProps {
  account: ShownAccount;
  workspaceId: string;
  basePath: string | undefined;
  onDisconnected: (() => void) | undefined;
}

function Disconnect({ account, workspaceId, basePath, onDisconnected }: DisconnectProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function disconnect() {
    setBusy(true);
    const answer = await ask(routePath(basePath, 'disconnect'), { accountId: account.accountId, workspaceId });
    setBusy(false);
    if (!answer.ok) return setError(answer.trouble.error);
    dialog.current?.close();
    onDisconnected?.();
  }

  return (
    <>
      <button className="toklink-button toklink-button-danger" type="button" onClick={() => dialog.current?.showModal()}>
        Disconnect
      </button>
      <dialog ref={dialog} className="toklink-dialog" aria-label={`Disconnect ${nameOf(account)}`} onClose={() => setError(null)}>
        <div className="toklink-stack">
          <h2>Disconnect {nameOf(account)}?</h2>
          <p>
            This removes our access to the account. Your videos stay on TikTok. You can reconnect the account at any time.
          </p>
          {error !== null && <Notice tone="bad">{error}</Notice>}
          <div className="toklink-row">
            <button className="toklink-button toklink-button-danger" type="button" onClick={disconnect} disabled={busy}>
              {busy ? 'Disconnecting…' : 'Disconnect account'}
            </button>
            <button className="toklink-button" type="button" onClick={() => dialog.current?.close()} disabled={busy}>
              Cancel
            </button>
          </div>
        </div>
      </dialog>
    </>
  );
}
