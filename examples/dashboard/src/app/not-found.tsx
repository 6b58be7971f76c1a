import Link from 'next/link';

export default function NotFound() {
  return (
    <main className="page page-narrow">
      <h1>Not found</h1>
      <p className="soft">This page does not exist, or you are not a member of this workspace.</p>
      <div>
        <Link className="button" href="/">
          Back to workspaces
        </Link>
      </div>
    </main>
  );
}
