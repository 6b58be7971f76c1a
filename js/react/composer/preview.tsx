'use client';

import { useEffect, useRef, useState } from 'react';
import { bytesOf } from '../format.js';
import { COVER_IS_PUBLIC } from './settings.js';

export interface VideoPreviewProps {
  file: File | null;
  maxSeconds: number;
  seconds: number | null;
  onSeconds: (seconds: number | null) => void;
  coverTimestampMs: number | null;
  /** True when TikTok would ignore the cover for the chosen audience. */
  coverIsLost: boolean;
  onCover: (ms: number | null) => void;
}

/** Shows the chosen file (UX-5a). A file that the browser cannot play may still be valid for TikTok. */
export function VideoPreview({ file, maxSeconds, seconds, onSeconds, coverTimestampMs, coverIsLost, onCover }: VideoPreviewProps) {
  const [url, setUrl] = useState<string | null>(null);
  const [unplayable, setUnplayable] = useState(false);
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    setUnplayable(false);
    if (file === null) return setUrl(null);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);

  const measured = (duration: number) => onSeconds(Number.isFinite(duration) ? duration : null);
  const takeCover = () => onCover(Math.round((video.current?.currentTime ?? 0) * 1000));
  return (
    <aside className="toklink-panel toklink-preview" aria-label="Preview">
      {url !== null && !unplayable ? (
        <video
          ref={video}
          src={url}
          controls
          muted
          playsInline
          onLoadedMetadata={(event) => measured(event.currentTarget.duration)}
          onError={() => setUnplayable(true)}
        />
      ) : (
        <div className="toklink-preview-empty">
          {file === null ? 'The preview appears here' : 'This browser cannot play the file. TikTok may still accept it.'}
        </div>
      )}
      {file !== null && (
        <p className="toklink-small">
          {file.name} · {bytesOf(file.size)}
          {seconds !== null && ` · ${Math.round(seconds)} s`}
        </p>
      )}
      {seconds !== null && seconds > maxSeconds && (
        <p className="toklink-small toklink-over">Longer than this creator’s maximum of {maxSeconds} seconds.</p>
      )}
      {seconds !== null && !unplayable && (
        <div className="toklink-row">
          <button className="toklink-button" type="button" onClick={takeCover}>
            Use this frame as cover
          </button>
          {coverTimestampMs !== null && (
            <span className="toklink-small">
              Cover at {(coverTimestampMs / 1000).toFixed(1)} s.
              {coverIsLost && ` ${COVER_IS_PUBLIC}`}
            </span>
          )}
        </div>
      )}
    </aside>
  );
}

/** Shows the photos in order; the first one is the cover. */
export function PhotoPreview({ urls }: { urls: readonly string[] }) {
  return (
    <aside className="toklink-panel toklink-preview" aria-label="Preview">
      <ol className="toklink-photos">
        {urls.map((url, index) => (
          <li key={url}>
            <img src={url} alt={index === 0 ? 'Photo 1, the cover' : `Photo ${index + 1}`} loading="lazy" />
          </li>
        ))}
      </ol>
    </aside>
  );
}
