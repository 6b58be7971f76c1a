'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';

export function Tabs({ slug }: { slug: string }) {
  const path = usePathname();
  const tabs = [
    { href: `/orbit/${slug}/settings/accounts`, name: 'Accounts' },
    { href: `/orbit/${slug}/tiktok/videos`, name: 'Videos' },
    { href: `/orbit/${slug}/tiktok/post`, name: 'Post' },
    { href: `/orbit/${slug}/tiktok/analytics`, name: 'Analytics' },
    { href: `/orbit/${slug}/trends/tiktok`, name: 'Trends' },
  ];
  return (
    <nav className="tabs" aria-label="Workspace">
      {tabs.map((tab) => (
        <Link key={tab.href} href={tab.href} aria-current={path === tab.href ? 'page' : undefined}>
          {tab.name}
        </Link>
      ))}
    </nav>
  );
}
