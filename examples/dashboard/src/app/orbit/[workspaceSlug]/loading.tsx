/** Shown while a workspace page loads. The header and the tabs stay visible. */
export default function Loading() {
  return (
    <div className="stack" role="status" aria-label="Loading">
      <div className="skeleton" style={{ height: 44, maxWidth: 260 }} />
      <div className="skeleton" style={{ height: 120 }} />
      <div className="skeleton" style={{ height: 260 }} />
    </div>
  );
}
