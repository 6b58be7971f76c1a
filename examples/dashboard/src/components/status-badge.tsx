const TONES: Record<string, string> = { ACTIVE: 'badge-good', EXPIRED: 'badge-bad', ERROR: 'badge-bad', SUSPENDED: 'badge-bad' };

export function StatusBadge({ status }: { status: string }) {
  return <span className={`badge ${TONES[status] ?? ''}`}>{status}</span>;
}
