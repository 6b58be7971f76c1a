'use client';

import type { Progress } from './follower.js';
import { bytesOf, leftOf } from './format.js';

const OF_VIDEO = [
  { phase: 'uploading', name: 'Upload' },
  { phase: 'probing', name: 'Check the file' },
  { phase: 'sending', name: 'Send to TikTok' },
  { phase: 'processing', name: 'Processing' },
  { phase: 'moderating', name: 'In review' },
] as const;
/** The steps of a photo post. It has no upload, because TikTok fetches the photos. */
const OF_PHOTOS = OF_VIDEO.slice(3);

/** Props of `UploadProgress`. */
export interface UploadProgressProps {
  progress: Progress;
  /** True for a photo post, which has no upload. */
  photos?: boolean;
}

/** Shows the progress of a publish: its phase, bytes, rate and remaining time. */
export function UploadProgress({ progress, photos = false }: UploadProgressProps) {
  const { phase, sent, total, bytesPerSecond, remainingMs, retrying = false } = progress;
  const steps = photos ? OF_PHOTOS : OF_VIDEO;
  const at = steps.findIndex((step) => step.phase === phase);
  const counting = !photos && (phase === 'uploading' || phase === 'sending');
  const share = total > 0 ? sent / total : 0;
  const name = phase === 'published' ? 'Published' : (steps[at]?.name ?? 'Contacting TikTok');
  const details = [
    `${bytesOf(sent)} of ${bytesOf(total)}`,
    ...(bytesPerSecond > 0 ? [`${bytesOf(bytesPerSecond)}/s`] : []),
    ...(remainingMs !== null && share < 1 ? [leftOf(remainingMs)] : []),
  ];
  return (
    <div className="toklink-stack" data-phase={phase}>
      <div className="toklink-row toklink-apart">
        <strong aria-live="polite">{retrying ? 'Connection lost. Trying again…' : name}</strong>
        {counting && <span>{Math.floor(share * 100)} %</span>}
      </div>
      {/* A progress bar without a value is animated. TikTok does not report its own progress. */}
      {counting ? <progress max={1} value={share} aria-label={name} /> : <progress aria-label={name} />}
      <p className="toklink-small">{counting ? details.join(' · ') : 'You can close this page. Posting continues.'}</p>
      <ol className="toklink-steps">
        {steps.map((step, index) => (
          <li key={step.phase} data-state={phase === 'published' || index < at ? 'done' : index === at ? 'now' : 'later'}>
            {step.name}
          </li>
        ))}
      </ol>
    </div>
  );
}
