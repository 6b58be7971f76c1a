'use client';

import { useEffect, useRef, useState } from 'react';

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? '')[0] ?? '').join('').toUpperCase() || '?';
}

/** Shows the picture, or initials when it does not load. TikTok's picture URLs expire after some hours. */
export function Avatar({ name, url }: { name: string; url: string | null }) {
  const [broken, setBroken] = useState(false);
  const picture = useRef<HTMLImageElement>(null);
  useEffect(() => {
    // The picture may have failed to load before React attached its listener.
    setBroken(picture.current?.complete === true && picture.current.naturalWidth === 0);
  }, [url]);
  if (url === null || broken) {
    return (
      <span className="toklink-avatar" aria-hidden="true">
        {initials(name)}
      </span>
    );
  }
  return (
    <img ref={picture} className="toklink-avatar" src={url} alt="" referrerPolicy="no-referrer" onError={() => setBroken(true)} />
  );
}
