'use client';

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="page page-narrow">
      <h1>This page could not be shown</h1>
      <p className="soft">
        The dashboard met a fault of its own, most often a database that does not answer. Try again; if it persists, look at
        the server&apos;s log.
      </p>
      <div>
        <button className="button button-main" type="button" onClick={reset}>
          Try again
        </button>
      </div>
    </main>
  );
}
