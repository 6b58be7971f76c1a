'use client';

import { useEffect, useRef, useState } from 'react';

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? '')[0] ?? '').join('').toUpperCase() || '?';
}

/** The picture, or initials: TikTok's picture URLs are signed and end after some hours. */
export function Avatar({ name, url, small = false }: { name: string; url: string | null; small?: boolean }) {
  const [broken, setBroken] = useState(false);
  const picture = useRef<HTMLImageElement>(null);
  // It may have failed before React listened.
  useEffect(() => {
    const image = picture.current;
    if (image?.complete && image.naturalWidth === 0) setBroken(true);
  }, []);
  const className = small ? 'avatar avatar-small' : 'avatar';
  if (!url || broken) {
    return (
      <span className={className} aria-hidden="true">
        {initials(name)}
      </span>
    );
  }
  // Not next/image: the URL is another host's, and signed.
  return (
    <img
      ref={picture}
      className={className}
      src={url}
      alt=""
      referrerPolicy="no-referrer"
      onError={() => setBroken(true)}
    />
  );
}
