import Link from 'next/link';
import type { PublishOutcome } from 'toklink';
import { Banner } from '../banner';

interface Props {
  outcome: PublishOutcome;
  videosPath: string;
  again: () => void;
}

/** Says what has happened and what has not yet: a private post never gets an id, a public one only after moderation. */
export function Outcome({ outcome, videosPath, again }: Props) {
  const moderating = outcome.postId === null && outcome.phase === 'moderating';
  const inInbox = outcome.status === 'SEND_TO_USER_INBOX';
  return (
    <div className="stack" data-outcome={outcome.status}>
      <Banner tone="good">
        <strong>{inInbox ? 'Sent to the creator’s TikTok inbox.' : 'Posted to TikTok.'}</strong>{' '}
        {inInbox && <>The creator opens the notification in the TikTok app, chooses the rest and posts it.</>}
        {outcome.postId !== null && <>It is public as video {outcome.postId}.</>}
        {moderating && <>TikTok still looks at it; it becomes visible to others after that.</>}
        {outcome.postId === null && !moderating && !inInbox && <>It is visible to those you chose.</>}
      </Banner>
      <div className="row">
        {outcome.shareUrl && (
          <a className="button" href={outcome.shareUrl} target="_blank" rel="noreferrer">
            Open at TikTok
          </a>
        )}
        <Link className="button button-main" href={videosPath}>
          See the videos
        </Link>
        <button className="button" type="button" onClick={again}>
          Post another
        </button>
      </div>
    </div>
  );
}
