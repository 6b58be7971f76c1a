'use client';

/** The site on which a business can request access to TikTok's API for Business. */
const BUSINESS_CENTER = 'https://business.tiktok.com/';

/** Explains why trends are unavailable, and names the alternatives. */
export function TrendsNotice() {
  return (
    <section className="toklink-panel toklink-stack" aria-label="TikTok trends">
      <h2>Trends are not part of TikTok&apos;s Login Kit</h2>
      <p>
        TikTok provides trending sounds and searches only through its API for Business, with a separate app and login, and trending hashtags only to advertisers. Accounts that are connected here support posting and metrics, but not trends.
      </p>
      <ul>
        <li>Available here: the metrics of your own account and videos, and their growth.</li>
        <li>Not available here: popular content on TikTok, by country or by topic.</li>
      </ul>
      <p>
        <a className="toklink-button" href={BUSINESS_CENTER} target="_blank" rel="noreferrer">
          Open TikTok Business Center
        </a>
      </p>
    </section>
  );
}
