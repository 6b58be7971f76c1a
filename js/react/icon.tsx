'use client';

/** Shows TikTok's logo in the current text colour. */
export function TikTokIcon({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="currentColor" aria-hidden="true" focusable="false">
      <path d="M16.2 2.5h-3.3v13.2a2.75 2.75 0 1 1-2-2.65V9.6a6.05 6.05 0 1 0 5.3 6V8.9a7.9 7.9 0 0 0 4.6 1.5V7.1a4.6 4.6 0 0 1-4.6-4.6Z" />
    </svg>
  );
}
