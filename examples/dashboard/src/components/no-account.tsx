import Link from 'next/link';

/** Replaces a page that needs a usable account. */
export function NoAccount({ slug, exists }: { slug: string; exists: boolean }) {
  return (
    <div className="panel empty">
      <h2>{exists ? 'No account that can be used' : 'No TikTok account yet'}</h2>
      <p>{exists ? 'The connection has ended. Connect the account again.' : 'Connect an account first; then this page fills.'}</p>
      <Link className="button button-main" href={`/orbit/${slug}/settings/accounts`}>
        To the accounts
      </Link>
    </div>
  );
}
