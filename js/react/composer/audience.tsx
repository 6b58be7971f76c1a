'use client';

import { useId } from 'react';
import type { CreatorInfo, PrivacyLevel } from '../../types.js';
import { NEVER_PRIVATE, type Settings } from './settings.js';

const AUDIENCE: Record<PrivacyLevel, string> = {
  PUBLIC_TO_EVERYONE: 'Everyone',
  MUTUAL_FOLLOW_FRIENDS: 'Friends (followers you follow back)',
  FOLLOWER_OF_CREATOR: 'Followers',
  SELF_ONLY: 'Only me',
};

export interface SectionProps {
  settings: Settings;
  change: (some: Partial<Settings>) => void;
  creator: CreatorInfo;
  photos: boolean;
}

/** Lets the user choose the audience from the creator's options. There is no default (UX-2b). */
export function Audience({ settings, change, creator }: SectionProps) {
  const id = useId();
  const branded = settings.commercial && settings.brandContent;
  const closed = branded && creator.privacyLevelOptions.includes('SELF_ONLY');
  return (
    <div className="toklink-field">
      <label htmlFor={id}>Who can see this post</label>
      <select
        id={id}
        name="privacyLevel"
        required
        value={settings.privacyLevel}
        title={closed ? NEVER_PRIVATE : undefined}
        aria-describedby={closed ? `${id}-why` : undefined}
        onChange={(event) => change({ privacyLevel: event.target.value as PrivacyLevel })}
      >
        <option value="" disabled>
          Choose…
        </option>
        {creator.privacyLevelOptions.map((level) => {
          const refused = closed && level === 'SELF_ONLY';
          return (
            <option key={level} value={level} disabled={refused} title={refused ? NEVER_PRIVATE : undefined}>
              {AUDIENCE[level] ?? level}
            </option>
          );
        })}
      </select>
      {closed && (
        <span id={`${id}-why`} className="toklink-small">
          {NEVER_PRIVATE}
        </span>
      )}
    </div>
  );
}

/** Lets the user allow interactions. All are off until the user enables them (UX-2c, 2d); photos only allow comments (UX-2e). */
export function Interactions({ settings, change, creator, photos }: SectionProps) {
  const comment = { name: 'allowComment', label: 'Allow Comment', off: creator.commentDisabled } as const;
  const duet = { name: 'allowDuet', label: 'Allow Duet', off: creator.duetDisabled } as const;
  const stitch = { name: 'allowStitch', label: 'Allow Stitch', off: creator.stitchDisabled } as const;
  const shown = photos ? [comment] : [comment, duet, stitch];
  return (
    <fieldset className="toklink-field">
      <legend>Interactions</legend>
      {shown.map(({ name, label, off }) => (
        <label key={name} className="toklink-check" data-off={off}>
          <input
            type="checkbox"
            name={name}
            disabled={off}
            checked={settings[name] && !off}
            onChange={(event) => change({ [name]: event.target.checked })}
          />
          <span>
            {label}
            {off && ' (turned off in the creator’s TikTok settings)'}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
