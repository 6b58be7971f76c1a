'use client';

/** The site at which a business gets access to TikTok's API for Business. */
const BUSINESS_CENTER = 'https://business.tiktok.com/';

/** Explains that trends cannot be shown, the reason, and the alternative. */
export function TrendsNotice() {
  return (
    <section className="toklink-panel toklink-stack" aria-label="TikTok trends">
      <h2>Trends are not part of TikTok&apos;s Login Kit</h2>
      <p>
        TikTok gives trending sounds and searches only through its API for Business, with an app and a login of their own, and
        trending hashtags only to advertisers. An account that is connected here can post and has metrics, but no trends.
      </p>
      <ul>
        <li>Here: the figures of your own account and videos, and how they grow.</li>
        <li>Not here: what is popular on TikTok at large, by country or by subject.</li>
      </ul>
      <p>
        <a className="toklink-button" href={BUSINESS_CENTER} target="_blank" rel="noreferrer">
          Open TikTok Business Center
        </a>
      </p>
    </section>
  );
}
