'use client';

import { useId } from 'react';
import type { SectionProps } from './audience.js';
import { NEVER_PRIVATE } from './settings.js';

/** Lets the user disclose promotional content. Off until the user enables it (UX-3a to 3e). */
export function Disclosure({ settings, change, photos }: SectionProps) {
  const id = useId();
  const { commercial, brandOrganic, brandContent, privacyLevel } = settings;
  const hidden = privacyLevel === 'SELF_ONLY';
  const what = photos ? 'photos' : 'video';
  const label = brandContent ? 'Paid partnership' : brandOrganic ? 'Promotional content' : null;
  return (
    <fieldset className="toklink-field">
      <legend>Disclosure</legend>
      <label className="toklink-check">
        <input type="checkbox" name="isAigc" checked={settings.isAigc} onChange={(event) => change({ isAigc: event.target.checked })} />
        <span>Made with AI</span>
      </label>
      <label className="toklink-check">
        <input
          type="checkbox"
          role="switch"
          name="commercial"
          checked={commercial}
          onChange={(event) => change({ commercial: event.target.checked, brandOrganic: false, brandContent: false })}
        />
        <span>Disclose content that promotes goods or services in exchange for something of value</span>
      </label>
      {commercial && (
        <div className="toklink-inset">
          <label className="toklink-check">
            <input
              type="checkbox"
              name="brandOrganic"
              checked={brandOrganic}
              onChange={(event) => change({ brandOrganic: event.target.checked })}
            />
            <span>Your brand: you promote yourself or your own business</span>
          </label>
          <label className="toklink-check" title={hidden ? NEVER_PRIVATE : undefined} data-off={hidden}>
            <input
              type="checkbox"
              name="brandContent"
              disabled={hidden}
              checked={brandContent}
              aria-describedby={hidden ? `${id}-why` : undefined}
              onChange={(event) => change({ brandContent: event.target.checked })}
            />
            <span>Branded content: you promote another brand or a third party</span>
          </label>
          {hidden && (
            <p id={`${id}-why`} className="toklink-small">
              {NEVER_PRIVATE}
            </p>
          )}
          {label !== null && (
            <p className="toklink-small" role="status">
              Your {what} will be labeled as “{label}”. You cannot change this after posting.
            </p>
          )}
        </div>
      )}
    </fieldset>
  );
}

const MUSIC = 'https://www.tiktok.com/legal/page/global/music-usage-confirmation/en';
const BRANDED = 'https://www.tiktok.com/legal/page/global/bc-policy/en';

/** Shows the terms that the user accepts by pressing the button (UX-4a, 4b). */
export function Declaration({ branded }: { branded: boolean }) {
  const music = (
    <a href={MUSIC} target="_blank" rel="noreferrer">
      Music Usage Confirmation
    </a>
  );
  return (
    <p className="toklink-small">
      By posting, you agree to TikTok&apos;s{' '}
      {branded && (
        <>
          <a href={BRANDED} target="_blank" rel="noreferrer">
            Branded Content Policy
          </a>{' '}
          and{' '}
        </>
      )}
      {music}
    </p>
  );
}
