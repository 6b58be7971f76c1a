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
  /** Offers to send the post to the creator's inbox, so that the creator finishes it in the TikTok app. */
  drafts?: boolean;
  /** The accounts page, for an account that must be connected again. */
  accountsHref?: string;
  /** Shown beside the outcome, for example a link to the videos. */
  actions?: ReactNode;
  /** Called once with the outcome of each successful post. */
  onPublished?: (outcome: PublishOutcome) => void;
}
