import { withLineFeeds } from '../../text/line-feeds.js';
import type { CreatorInfo, PrivacyLevel } from '../../types.js';
import type { PostFields } from '../use-publish.js';

/** The user's choices. The choices that TikTok's review lists have no default. */
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

/** Returns the number of UTF-16 code units as TikTok counts them: a line break is one, also as `\r\n`. */
export function unitsOf(text: string): number {
  return withLineFeeds(text).length;
}

/** The maximum number of UTF-16 code units of each text. */
export const MOST = { videoTitle: 2200, photoTitle: 90, description: 4000 } as const;

/** TikTok applies a cover frame to public posts only (docs/tiktok-api.md 5.3). */
export const COVER_IS_PUBLIC = 'TikTok uses the cover only when everyone can see the post.';
/** TikTok's own text (UX-3b). */
export const SAY_WHICH = 'You need to indicate if your content promotes yourself, a third party, or both.';
/** TikTok's own text (UX-3e). */
export const NEVER_PRIVATE = 'Branded content visibility cannot be set to private.';

export interface Media {
  photos: boolean;
  /** True when a file or photos are chosen. */
  there: boolean;
  /** Seconds; `null` when the browser cannot read it; the server then checks the duration before TikTok receives a byte. */
  seconds: number | null;
}

/** Returns the reasons why the post cannot be sent, in the order of the form; empty when it can. */
export function obstacles(settings: Settings, media: Media, creator: CreatorInfo): string[] {
  const found: string[] = [];
  const most = media.photos ? MOST.photoTitle : MOST.videoTitle;
  const { maxVideoPostDurationSec: maxSeconds } = creator;
  if (!media.there) found.push('Choose a video.');
  if (media.seconds !== null && media.seconds > maxSeconds) {
    found.push(`The video is ${Math.ceil(media.seconds)} seconds long, but this creator can post at most ${maxSeconds}.`);
  }
  const [title, description] = [unitsOf(settings.title), unitsOf(settings.description)];
  if (title > most) found.push(`Shorten the caption by ${title - most}.`);
  if (description > MOST.description) found.push(`Shorten the description by ${description - MOST.description}.`);
  if (settings.draft) return found;
  if (settings.privacyLevel === '') found.push('Choose who can see the post.');
  if (settings.commercial && !settings.brandOrganic && !settings.brandContent) found.push(SAY_WHICH);
  return found;
}

/** Returns the fields of the publish route. Options that are off, hidden or disabled are sent as off. */
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
