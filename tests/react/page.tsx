import { createRoot } from 'react-dom/client';
import { version } from 'react';
import {
  AccountCard,
  ConnectButton,
  LoginNotice,
  PostComposer,
  QuotaMeter,
  TrendsNotice,
  UploadProgress,
  type ShownAccount,
} from '../../js/react/index.js';
import type { Account } from '../../js/types.js';
import { MetricsChart } from '../../js/react/charts.js';
import { AS_EXPIRED, HISTORY, PROGRESS } from './shown.js';

const asked = new URLSearchParams(location.search);
const account = { accountId: asked.get('account') ?? '', workspaceId: 'ws1' };
const workspace = { id: 'ws1', slug: 'acme' };
const basePath = '/api/social/tiktok';
/** The events of the page, which the tests read. */
const seen = ((globalThis as { seen?: string[] }).seen ??= []);

const shownAccount: ShownAccount = { ...AS_EXPIRED, accountId: account.accountId };

/** An account as the client returns it, whose user has an empty nickname. */
const storedAccount: Account = {
  username: 'ana.makes',
  avatarUrl: null,
  status: 'EXPIRED',
  connectedAt: '2026-01-01T00:00:00.000Z',
  tenant: 'ws1',
  accountId: '-000open-id',
  displayName: '',
  connectedBy: 'user_cm4x9',
  tokenExpiresAt: '2026-01-02T00:00:00.000Z',
  scopes: [],
  requestedScopes: [],
  missingScopes: [],
};

const SHOWN: Record<string, () => React.ReactNode> = {
  composer: () => (
    <PostComposer
      account={account}
      basePath={basePath}
      initialTitle={asked.get('title') ?? ''}
      drafts={asked.has('drafts')}
      accountsHref="/accounts"
      actions={<a href="/videos">View videos</a>}
      onPublished={(outcome) => seen.push(outcome.status)}
    />
  ),
  photos: () => <PostComposer account={account} photos={['https://media.example.test/1.jpg', 'https://media.example.test/2.jpg']} />,
  quota: () => <QuotaMeter account={account} />,
  card: () => <AccountCard account={shownAccount} workspace={workspace} onDisconnected={() => seen.push('disconnected')} />,
  nameless: () => <AccountCard account={storedAccount} workspace={workspace} />,
  connect: () => <ConnectButton workspace={workspace} />,
  login: () => <LoginNotice />,
  trends: () => <TrendsNotice />,
  progress: () => <UploadProgress progress={PROGRESS} />,
  charts: () => (
    <>
      <MetricsChart history={HISTORY} figure="followers" />
      <MetricsChart history={HISTORY} figure="engagementRate" />
    </>
  ),
};

createRoot(document.getElementById('root') as HTMLElement).render(
  <main data-react={version}>
    <h1>{asked.get('show')}</h1>
    {SHOWN[asked.get('show') ?? '']?.()}
  </main>,
);
