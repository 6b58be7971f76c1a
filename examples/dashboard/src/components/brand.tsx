import Link from 'next/link';

export function Brand() {
  return (
    <Link className="brand" href="/">
      <svg width="22" height="22" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
        <circle cx="12" cy="12" r="4" fill="currentColor" />
        <ellipse cx="12" cy="12" rx="11" ry="4.5" transform="rotate(-28 12 12)" />
      </svg>
      Orbit
    </Link>
  );
}
