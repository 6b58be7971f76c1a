import { createTikTokHandlers } from 'toklink/next';

// Next.js also runs this code during the build, when the server's variables are not set.
const tiktok = createTikTokHandlers({
  client: () => {
    throw new Error('no request of this test has a session');
  },
  auth: () => null,
  permissions: () => {},
  workspaces: { byId: () => null },
  accounts: { find: async () => [] },
});

export const { GET } = tiktok.connect;
