import { withLineFeeds } from '../../line-feeds.js';
import type { CreatorInfo, PrivacyLevel } from '../../types.js';
import type { PostFields } from '../use-publish.js';

/** What the person has chosen so far. Nothing that TikTok's review names is chosen in advance. */
export interface Settings {
  title: string;
  /** Of photos only. */
  description: string;
  privacyLevel: PrivacyLevel | '';
  allowComment: boolean;
  allowDuet: boolean;
  allowStitch: boolean;
  /** The switch "disclose content"; the next two say of what kind. */
  commercial: boolean;
  brandOrganic: boolean;
  brandContent: boolean;
  isAigc: boolean;
  /** The picture of the video that is its cover, in milliseconds. */
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

/** Returns the UTF-16 code units that TikTok counts: a line break is one, also in a text that was given with `\r\n`. */
export function unitsOf(text: string): number {
  return withLineFeeds(text).length;
}

/** The most UTF-16 code units of each text. */
export const MOST = { videoTitle: 2200, photoTitle: 90, description: 4000 } as const;

/** TikTok applies a cover frame to public posts only (docs/tiktok-api.md 5.3). */
export const COVER_IS_PUBLIC = 'TikTok uses the cover only when everyone can see the post.';
/** TikTok's own words (UX-3b). */
export const SAY_WHICH = 'You need to indicate if your content promotes yourself, a third party, or both.';
/** TikTok's own words (UX-3e). */
export const NEVER_PRIVATE = 'Branded content visibility cannot be set to private.';

export interface Media {
  photos: boolean;
  /** Whether there is something to post. */
  there: boolean;
  /** Seconds; `null` when the browser cannot tell, then the server looks before TikTok gets a byte. */
  seconds: number | null;
}

/** What keeps the post from being sent, in the order of the form; empty when nothing does. */
export function obstacles(settings: Settings, media: Media, creator: CreatorInfo): string[] {
  const found: string[] = [];
  const most = media.photos ? MOST.photoTitle : MOST.videoTitle;
  const { maxVideoPostDurationSec: maxSeconds } = creator;
  if (!media.there) found.push('Choose a video.');
  if (media.seconds !== null && media.seconds > maxSeconds) {
    found.push(`The video is ${Math.ceil(media.seconds)} seconds long; this creator may post at most ${maxSeconds}.`);
  }
  const [title, description] = [unitsOf(settings.title), unitsOf(settings.description)];
  if (title > most) found.push(`Shorten the caption by ${title - most}.`);
  if (description > MOST.description) found.push(`Shorten the description by ${description - MOST.description}.`);
  if (settings.draft) return found;
  if (settings.privacyLevel === '') found.push('Choose who can see it.');
  if (settings.commercial && !settings.brandOrganic && !settings.brandContent) found.push(SAY_WHICH);
  return found;
}

/** The fields of the publish route. What is switched off, hidden or greyed out is not sent as on. */
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
