import Link from 'next/link';

/** Shown instead of a page's content when the workspace has no usable account. */
export function NoAccount({ slug, exists }: { slug: string; exists: boolean }) {
  return (
    <div className="panel empty">
      <h2>{exists ? 'No usable account' : 'No TikTok account yet'}</h2>
      <p>{exists ? 'The TikTok connection has expired. Reconnect the account.' : 'Connect an account to see its metrics.'}</p>
      <Link className="button button-main" href={`/orbit/${slug}/settings/accounts`}>
        Manage accounts
      </Link>
    </div>
  );
}
