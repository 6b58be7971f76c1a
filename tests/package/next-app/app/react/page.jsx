import { ConnectButton, PostComposer, TrendsNotice } from 'toklink/react';
import 'toklink/react/styles.css';

export default function Page() {
  return (
    <main>
      <ConnectButton workspace={{ id: 'w', slug: 'w' }} />
      <PostComposer account={{ accountId: 'a', workspaceId: 'w' }} />
      <TrendsNotice />
    </main>
  );
}
