import { withLineFeeds } from '../../text/line-feeds.js';
import type { CreatorInfo, PrivacyLevel } from '../../types.js';
import type { PostFields } from '../use-publish.js';

/** The user's choices. Choices that TikTok's review requires from the user have no default. */
export interface Settings {
  title: string;
  /** For photos only. */
  description: string;
  privacyLevel: PrivacyLevel | '';
  allowComment: boolean;
  allowDuet: boolean;
  allowStitch: boolean;
  /** The "disclose content" switch; the next two fields are its two options. */
  commercial: boolean;
  brandOrganic: boolean;
  brandContent: boolean;
  isAigc: boolean;
  /** The position of the cover frame, in milliseconds. */
  coverTimestampMs: number | null;
  draft: boolean;
}

export function untouched(title: string): Settings {
  return {
    title,
    description: '',
    privacyLevel: '',
    allowComment: false,
    allowDuet: false,
    allowStitch: false,
    commercial: false,
    brandOrganic: false,
    brandContent: false,
    isAigc: false,
    coverTimestampMs: null,
    draft: false,
  };
}

/** Returns the number of UTF-16 code units as TikTok counts them: each line break counts once, even `\r\n`. */
export function unitsOf(text: string): number {
  return withLineFeeds(text).length;
}

/** The maximum number of UTF-16 code units of each text. */
export const MOST = { videoTitle: 2200, photoTitle: 90, description: 4000 } as const;

/** TikTok applies a cover frame to public posts only (docs/tiktok-api.md 5.3). */
export const COVER_IS_PUBLIC = 'TikTok uses the cover only when everyone can see the post.';
/** The wording that TikTok requires (UX-3b). */
export const SAY_WHICH = 'You need to indicate if your content promotes yourself, a third party, or both.';
/** The wording that TikTok requires (UX-3e). */
export const NEVER_PRIVATE = 'Branded content visibility cannot be set to private.';

export interface Media {
  photos: boolean;
  /** True when the user has chosen a file, or there are photos. */
  there: boolean;
  /** The duration in seconds; `null` when the browser cannot read it. The server then checks it before TikTok receives a byte. */
  seconds: number | null;
}

/** Returns the problems that prevent posting, in the order of the form; empty when there are none. */
export function obstacles(settings: Settings, media: Media, creator: CreatorInfo): string[] {
  const found: string[] = [];
  const most = media.photos ? MOST.photoTitle : MOST.videoTitle;
  const { maxVideoPostDurationSec: maxSeconds } = creator;
  if (!media.there) found.push('Choose a video.');
  if (media.seconds !== null && media.seconds > maxSeconds) {
    found.push(`The video is ${Math.ceil(media.seconds)} seconds long, but this creator can post at most ${maxSeconds}.`);
  }
  const [title, description] = [unitsOf(settings.title), unitsOf(settings.description)];
  if (title > most) found.push(`Shorten the ${media.photos ? 'title' : 'caption'} to at most ${most} characters.`);
  if (description > MOST.description) found.push(`Shorten the description to at most ${MOST.description} characters.`);
  if (settings.draft) return found;
  if (settings.privacyLevel === '') found.push('Choose who can see the post.');
  if (settings.commercial && !settings.brandOrganic && !settings.brandContent) found.push(SAY_WHICH);
  return found;
}

/** Returns the fields for the publish route. Omits options that are off, hidden or disabled. */
export function fieldsOf(settings: Settings, photos: boolean, creator: CreatorInfo): PostFields {
  const { title, description, draft, commercial } = settings;
  const texts = { title, ...(photos && { description }) };
  if (draft) return { ...texts, draft: 'true' };
  const video = {
    allowDuet: settings.allowDuet && !creator.duetDisabled,
    allowStitch: settings.allowStitch && !creator.stitchDisabled,
  };
  const flags = {
    allowComment: settings.allowComment && !creator.commentDisabled,
    ...(photos ? {} : video),
    brandOrganic: commercial && settings.brandOrganic,
    brandContent: commercial && settings.brandContent,
    isAigc: settings.isAigc,
  };
  const on = Object.entries(flags).flatMap(([name, is]) => (is ? [[name, 'true']] : []));
  return {
    ...texts,
    privacyLevel: settings.privacyLevel,
    ...Object.fromEntries(on),
    ...(settings.coverTimestampMs !== null && !photos && { coverTimestampMs: String(settings.coverTimestampMs) }),
  };
}
