import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { Banner } from '@/components/banner';
import { Brand } from '@/components/brand';
import { prisma } from '@/lib/database';
import { maySignInWithoutPassword } from '@/lib/own-host';
import { auth } from '@/lib/session';
import { signInAs } from '../actions';

export const metadata: Metadata = { title: 'Sign in' };

/** The message for each error code in the URL. The URL contains no message, because anyone could craft one. */
const ERRORS = new Map([
  ['Unauthorized', 'You are signed out. Sign in, then try again.'],
  ['UnknownPerson', 'This person does not exist. Choose one from the list.'],
]);

export default async function LoginPage({ searchParams }: PageProps<'/login'>) {
  const { error } = await searchParams;
  if (await auth()) redirect('/');
  if (!(await maySignInWithoutPassword())) return <NoPasswords />;
  const users = await prisma().user.findMany({
    orderBy: { name: 'asc' },
    include: { memberships: { include: { workspace: true }, orderBy: { role: 'asc' } } },
  });
  return (
    <main className="page page-narrow">
      <Brand />
      <div>
        <h1>Sign in</h1>
        <p className="soft">This example has no passwords. Choose a person.</p>
      </div>
      {typeof error === 'string' && <Banner tone="bad">{ERRORS.get(error) ?? 'Sign-in failed. Try again.'}</Banner>}
      {users.map((user) => (
        <form key={user.id} action={signInAs} className="panel row">
          <input type="hidden" name="userId" value={user.id} />
          <div style={{ flex: 1 }}>
            <strong>{user.name}</strong>
            <div className="small soft">
              {user.memberships.map((one) => `${one.role.toLowerCase()} of ${one.workspace.name}`).join(', ')}
            </div>
          </div>
          <button className="button button-main" type="submit" aria-label={`Sign in as ${user.name}`}>
            Sign in
          </button>
        </form>
      ))}
    </main>
  );
}

function NoPasswords() {
  return (
    <main className="page page-narrow">
      <Brand />
      <h1>Sign in</h1>
      <Banner tone="bad">
        This example has no passwords, so people can sign in only on the machine that runs it, at the address that npm start prints.
        Replace src/lib/session.ts with your own sign-in before you use it elsewhere.
      </Banner>
    </main>
  );
}
