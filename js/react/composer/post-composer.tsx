'use client';

import type { ReactNode } from 'react';
import type { CreatorInfo, PublishOutcome } from '../../types.js';
import { Notice } from '../notice.js';
import type { Trouble } from '../request.js';
import { accountPath, type Mounted, type TikTokAccount } from '../routes.js';
import { useRoute } from '../use-route.js';
import { PostForm } from './post-form.js';

/** Props of `PostComposer`. */
export interface PostComposerProps extends Mounted {
  account: TikTokAccount;
  /** Posts these photos instead of a video: 1 to 35 https URLs on a domain that is verified for the app. */
  photos?: readonly string[];
  /** The initial caption; the user may change it. */
  initialTitle?: string;
  /** Offers to send the post to the creator's inbox, so that the creator finishes it in the TikTok app. */
  drafts?: boolean;
  /** The accounts page, for an account that must be connected again. */
  accountsHref?: string;
  /** Shown beside the outcome, for example a link to the videos. */
  actions?: ReactNode;
  /** Called once with the outcome of each successful post. */
  onPublished?: (outcome: PublishOutcome) => void;
}

/** Codes of errors for which only a new login can help. */
const CONNECT_AGAIN = new Set(['UNAUTHORIZED', 'PERMISSION_DENIED', 'INACTIVE']);

/**
 * Shows the post form that TikTok's review requires: UX-1a to UX-5e of its content sharing guidelines. Requests the creator's options
 * from TikTok each time it appears and after each post. Sends nothing before the user presses the button.
 */
export function PostComposer(props: PostComposerProps) {
  const { account, basePath, accountsHref } = props;
  const { answer, reload } = useRoute<{ creator: CreatorInfo }>(accountPath(basePath, 'creator', account));
  if (answer === null) {
    return (
      <p role="status" aria-busy="true">
        Loading posting options…
      </p>
    );
  }
  if (!answer.ok) return <CannotPost trouble={answer.trouble} accountsHref={accountsHref} retry={reload} />;
  return <PostForm {...props} creator={answer.value.creator} renew={reload} />;
}

function CannotPost({ trouble, accountsHref, retry }: { trouble: Trouble; accountsHref: string | undefined; retry: () => void }) {
  const connect = CONNECT_AGAIN.has(trouble.code) && accountsHref !== undefined;
  const action = connect ? (
    <a className="toklink-button" href={accountsHref}>
      Manage accounts
    </a>
  ) : (
    <button className="toklink-button" type="button" onClick={retry}>
      Try again
    </button>
  );
  // The creator's own limits (UX-1b) are not an error of the page.
  const held = /^(spam_risk|reached_active_user_cap)/.test(trouble.tiktokCode ?? '');
  return (
    <Notice tone="bad" action={action}>
      {held && <strong>This creator cannot post right now. Try again later. </strong>}
      {trouble.error}
    </Notice>
  );
}
