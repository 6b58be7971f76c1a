import { HttpError } from './respond.js';
import type { PrivacyLevel, PublishPhotosInput } from '../types.js';

const PRIVACY_LEVELS: ReadonlySet<string> = new Set<PrivacyLevel>([
  'PUBLIC_TO_EVERYONE',
  'MUTUAL_FOLLOW_FRIENDS',
  'FOLLOWER_OF_CREATOR',
  'SELF_ONLY',
]);

/** Returns the text of a form field, or `undefined`. */
export type Fields = (name: string) => string | undefined;

export function isOn(fields: Fields, name: string): boolean {
  return ['true', 'on', '1'].includes(fields(name) ?? '');
}

/** Reads the settings that videos and photos share. toklink checks them against the creator's options. */
export function postSettings(fields: Fields): Omit<PublishPhotosInput, 'urls' | 'coverIndex' | 'description' | 'autoAddMusic'> {
  const on = (name: string) => isOn(fields, name);
  const draft = on('draft');
  const privacyLevel = fields('privacyLevel') ?? '';
  if (!PRIVACY_LEVELS.has(privacyLevel) && !(draft && privacyLevel === '')) {
    throw new HttpError(400, 'BAD_REQUEST', 'Choose who can see the post: privacyLevel is required and has no default.');
  }
  return {
    draft,
    ...(privacyLevel !== '' && { privacyLevel: privacyLevel as PrivacyLevel }),
    title: fields('title') ?? '',
    allowComment: on('allowComment'),
    brandContent: on('brandContent'),
    brandOrganic: on('brandOrganic'),
    isAigc: on('isAigc'),
  };
}
