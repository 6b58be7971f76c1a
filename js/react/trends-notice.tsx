'use client';

/** Where a business gets access to TikTok's Marketing API. */
const BUSINESS_CENTER = 'https://business.tiktok.com/';

/** Says honestly that trends cannot be shown, why, and what to do. */
export function TrendsNotice() {
  return (
    <section className="toklink-panel toklink-stack" aria-label="TikTok trends">
      <h2>Trends are not part of TikTok&apos;s Login Kit</h2>
      <p>
        TikTok gives trending hashtags, sounds and videos only through its Marketing API, which is available for business
        accounts. An account that is connected here can be posted to and measured; it cannot ask for trends.
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
