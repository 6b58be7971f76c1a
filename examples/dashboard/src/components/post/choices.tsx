'use client';

import { useState } from 'react';
import type { CreatorInfo, PrivacyLevel } from 'toklink';

const AUDIENCE: Record<PrivacyLevel, string> = {
  PUBLIC_TO_EVERYONE: 'Everyone',
  MUTUAL_FOLLOW_FRIENDS: 'Friends (followers you follow back)',
  FOLLOWER_OF_CREATOR: 'Followers',
  SELF_ONLY: 'Only me',
};

/** Who may see the video and what others may do with it. TikTok's review wants no choice made in advance. */
export function Choices({ creator }: { creator: CreatorInfo }) {
  const [privacy, setPrivacy] = useState('');
  const [commercial, setCommercial] = useState(false);
  const [branded, setBranded] = useState(false);
  const switches = [
    { name: 'allowComment', label: 'Allow comments', off: creator.commentDisabled },
    { name: 'allowDuet', label: 'Allow Duet', off: creator.duetDisabled },
    { name: 'allowStitch', label: 'Allow Stitch', off: creator.stitchDisabled },
  ];
  return (
    <>
      <div className="field">
        <label htmlFor="privacyLevel">Who can see this video</label>
        <select
          id="privacyLevel"
          name="privacyLevel"
          required
          value={privacy}
          onChange={(event) => setPrivacy(event.target.value)}
        >
          <option value="" disabled>
            Choose…
          </option>
          {creator.privacyLevelOptions.map((level) => (
            // Branded content may not be private.
            <option key={level} value={level} disabled={level === 'SELF_ONLY' && branded}>
              {AUDIENCE[level] ?? level}
            </option>
          ))}
        </select>
      </div>
      <fieldset className="field">
        <legend>Others may</legend>
        {switches.map(({ name, label, off }) => (
          <label key={name} className={off ? 'check check-off' : 'check'}>
            <input type="checkbox" name={name} value="true" disabled={off} />
            <span>
              {label}
              {off && ' (switched off in the creator’s TikTok settings)'}
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset className="field">
        <legend>Disclosure</legend>
        <label className="check">
          <input type="checkbox" name="isAigc" value="true" />
          <span>Made with AI</span>
        </label>
        <label className="check">
          <input type="checkbox" checked={commercial} onChange={(event) => setCommercial(event.target.checked)} />
          <span>It promotes a brand, product or service</span>
        </label>
        {commercial && (
          <div style={{ paddingLeft: 28 }}>
            <label className="check">
              <input type="checkbox" name="brandOrganic" value="true" />
              <span>Your brand: the creator&apos;s own business</span>
            </label>
            <label className="check">
              <input
                type="checkbox"
                name="brandContent"
                value="true"
                disabled={privacy === 'SELF_ONLY'}
                onChange={(event) => setBranded(event.target.checked)}
              />
              <span>Branded content: a paid partnership{privacy === 'SELF_ONLY' && ' (not for “Only me”)'}</span>
            </label>
          </div>
        )}
      </fieldset>
    </>
  );
}
