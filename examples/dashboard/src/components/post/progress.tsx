import type { Phase, Progress } from './use-publish';

const STEPS: { phase: Phase; name: string }[] = [
  { phase: 'uploading', name: 'Upload to the dashboard' },
  { phase: 'probing', name: 'Check the file' },
  { phase: 'sending', name: 'Send to TikTok' },
  { phase: 'processing', name: 'TikTok processes it' },
  { phase: 'moderating', name: 'TikTok looks at it' },
];

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB'];
  let value = count / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

function left(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
}

export function PostProgress({ progress }: { progress: Progress }) {
  const at = STEPS.findIndex((step) => step.phase === progress.phase);
  const counting = progress.phase === 'uploading' || progress.phase === 'sending';
  const share = progress.total > 0 ? progress.sent / progress.total : 0;
  const name = STEPS[at]?.name ?? 'Published';
  return (
    <div className="stack" data-phase={progress.phase}>
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <strong aria-live="polite">{name}</strong>
        {counting && <span className="soft nowrap">{Math.floor(share * 100)} %</span>}
      </div>
      {/* Without a value the bar moves by itself: TikTok tells no share of its own work. */}
      {counting ? <progress max={1} value={share} aria-label={name} /> : <progress aria-label={name} />}
      <p className="soft small" style={{ minHeight: '1.5em' }}>
        {counting && `${bytes(progress.sent)} of ${bytes(progress.total)}`}
        {counting && progress.bytesPerSecond > 0 && ` · ${bytes(Math.round(progress.bytesPerSecond))}/s`}
        {counting && progress.remainingMs !== null && share < 1 && ` · ${left(progress.remainingMs)}`}
        {!counting && 'You may leave this page; TikTok goes on.'}
      </p>
      <ol className="steps">
        {STEPS.map((step, index) => (
          <li key={step.phase} data-state={at === -1 || index < at ? 'done' : index === at ? 'now' : 'later'}>
            {step.name}
          </li>
        ))}
      </ol>
    </div>
  );
}
