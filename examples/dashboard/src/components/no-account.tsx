import Link from 'next/link';

/** Replaces a page that needs a usable account. */
export function NoAccount({ slug, exists }: { slug: string; exists: boolean }) {
  return (
    <div className="panel empty">
      <h2>{exists ? 'No usable account' : 'No TikTok account yet'}</h2>
      <p>{exists ? 'TikTok access has ended. Connect the account again.' : 'Connect an account to see its data here.'}</p>
      <Link className="button button-main" href={`/orbit/${slug}/settings/accounts`}>
        Go to accounts
      </Link>
    </div>
  );
}
