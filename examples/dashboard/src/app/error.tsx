'use client';

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="page page-narrow">
      <h1>This page could not be shown</h1>
      <p className="soft">
        The dashboard had an internal error, usually because the database does not respond. Try again. If it persists, check the server&apos;s log.
      </p>
      <div>
        <button className="button button-main" type="button" onClick={reset}>
          Try again
        </button>
      </div>
    </main>
  );
}
