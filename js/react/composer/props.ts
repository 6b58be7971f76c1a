import type { ReactNode } from 'react';
import type { PublishOutcome } from '../../types.js';
import type { Mounted, TikTokAccount } from '../routes.js';

/** Props of `PostComposer`. */
export interface PostComposerProps extends Mounted {
  account: TikTokAccount;
  /** Posts these photos instead of a video: 1 to 35 https URLs on a domain that is verified for the app. */
  photos?: readonly string[];
  /** The initial caption; the user may change it. */
  initialTitle?: string;
  /** Offers the option to send the post to the creator's inbox, where the creator finishes it in the TikTok app. */
  drafts?: boolean;
  /** The URL of the accounts page. Errors that a new login can resolve link to it. */
  accountsHref?: string;
  /** Links or buttons to show with the outcome, for example a link to the videos. */
  actions?: ReactNode;
  /** Called once with the outcome of each successful post. */
  onPublished?: (outcome: PublishOutcome) => void;
}
