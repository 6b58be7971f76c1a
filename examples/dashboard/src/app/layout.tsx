import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import 'toklink/react/styles.css';
import './globals.css';
import './metrics.css';

export const metadata: Metadata = {
  title: { default: 'Orbit', template: '%s · Orbit' },
  description: 'Connect TikTok accounts, post videos and see their metrics.',
  icons: { icon: 'data:,' },
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
