'use client';

import type { CreatorInfo } from '../../types.js';
import { Notice } from '../notice.js';
import type { Trouble } from '../request.js';
import { accountPath } from '../routes.js';
import { useRoute } from '../use-route.js';
import { PostForm } from './post-form.js';
import type { PostComposerProps } from './props.js';

/** Error codes that only a new login can resolve. */
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
  // Explain TikTok's limits for this creator (UX-1b) separately, because they are not errors of the page.
  const held = /^(spam_risk|reached_active_user_cap)/.test(trouble.tiktokCode ?? '');
  return (
    <Notice tone="bad" action={action}>
      {held && <strong>This creator cannot post right now. Try again later. </strong>}
      {trouble.error}
    </Notice>
  );
}
