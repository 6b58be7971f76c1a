'use client';

import type { ReactNode } from 'react';
import type { PublishOutcome } from '../../types.js';
import { Notice } from '../notice.js';

interface Props {
  outcome: PublishOutcome;
  /** The host's own links, for example to its list of videos. */
  actions: ReactNode;
  again: () => void;
}

/** Shows the outcome of a post (UX-5d, 5e). A private post never has an id; a public one has an id after moderation. */
export function Outcome({ outcome, actions, again }: Props) {
  const inInbox = outcome.status === 'SEND_TO_USER_INBOX';
  const moderating = outcome.postId === null && outcome.phase === 'moderating';
  return (
    <div className="toklink-stack" data-outcome={outcome.status} data-post-id={outcome.postId ?? undefined}>
      <Notice tone="good">
        <strong>{inInbox ? 'Sent to the creator’s TikTok inbox.' : 'Posted to TikTok.'}</strong>{' '}
        {inInbox && 'The creator opens the notification in the TikTok app, chooses the remaining settings and posts it.'}
        {outcome.postId !== null && 'Everyone can see it.'}
        {moderating && 'TikTok is reviewing it. Others can see it after the review.'}
        {outcome.postId === null && !moderating && !inInbox && 'It is visible to the audience you chose.'}
        {!inInbox && ' It can take a few minutes to appear on the profile.'}
      </Notice>
      {outcome.warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          {warning}
        </Notice>
      ))}
      <div className="toklink-row">
        {outcome.shareUrl !== null && (
          <a className="toklink-button" href={outcome.shareUrl} target="_blank" rel="noreferrer">
            Open on TikTok
          </a>
        )}
        {actions}
        <button className="toklink-button" type="button" onClick={again}>
          Post another
        </button>
      </div>
    </div>
  );
}
