'use client';

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="page page-narrow">
      <h1>This page could not be shown</h1>
      <p className="soft">
        Something went wrong on our side. Try again. If it happens again, ask an operator of this dashboard to check the server log.
      </p>
      <div>
        <button className="button button-main" type="button" onClick={reset}>
          Try again
        </button>
      </div>
    </main>
  );
}
