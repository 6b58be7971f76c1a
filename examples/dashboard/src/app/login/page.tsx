import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { Banner, sentence } from '@/components/banner';
import { Brand } from '@/components/brand';
import { prisma } from '@/lib/database';
import { auth } from '@/lib/session';
import { signInAs } from '../actions';

export const metadata: Metadata = { title: 'Sign in' };

export default async function LoginPage({ searchParams }: PageProps<'/login'>) {
  const { error } = await searchParams;
  if (await auth()) redirect('/');
  const users = await prisma().user.findMany({
    orderBy: { name: 'asc' },
    include: { memberships: { include: { workspace: true }, orderBy: { role: 'asc' } } },
  });
  return (
    <main className="page page-narrow">
      <Brand />
      <div>
        <h1>Sign in</h1>
        <p className="soft">This example has two people and no passwords. Choose who you are.</p>
      </div>
      {typeof error === 'string' && (
        <Banner tone="bad">
          {error === 'Unauthorized' ? 'You are signed out. Sign in, then try again.' : sentence(error.slice(0, 300))}
        </Banner>
      )}
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
