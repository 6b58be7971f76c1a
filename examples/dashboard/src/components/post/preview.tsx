'use client';

import { useEffect, useState } from 'react';
import { bytes } from './progress';

/** The chosen file as the browser can show it; a file that it cannot show may still be good for TikTok. */
export function Preview({ file, maxSeconds }: { file: File | null; maxSeconds: number }) {
  const [url, setUrl] = useState<string | null>(null);
  const [seconds, setSeconds] = useState<number | null>(null);
  const [unplayable, setUnplayable] = useState(false);

  useEffect(() => {
    setSeconds(null);
    setUnplayable(false);
    if (!file) return setUrl(null);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);

  return (
    <aside className="panel preview stack" aria-label="Preview">
      {url && !unplayable ? (
        <video
          src={url}
          controls
          muted
          playsInline
          onLoadedMetadata={(event) => setSeconds(event.currentTarget.duration)}
          onError={() => setUnplayable(true)}
        />
      ) : (
        <div className="preview-empty small">
          {file ? 'This browser cannot show the file. TikTok may still take it.' : 'The preview appears here'}
        </div>
      )}
      {file && (
        <p className="small soft">
          {file.name} · {bytes(file.size)}
          {seconds !== null && Number.isFinite(seconds) && ` · ${Math.round(seconds)} s`}
        </p>
      )}
      {seconds !== null && seconds > maxSeconds && (
        <p className="small over">Longer than the {maxSeconds} seconds that this creator may post.</p>
      )}
    </aside>
  );
}
