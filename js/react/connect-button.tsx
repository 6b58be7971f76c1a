'use client';

import { TikTokIcon } from './icon.js';
import { routePath, type Mounted } from './routes.js';

export interface ConnectButtonProps extends Mounted {
  workspace: { id: string; slug: string };
  /** The button's label. Default `Connect TikTok`. */
  children?: string;
}

/** Links to the connect route, which redirects the browser to TikTok's consent page. */
export function ConnectButton({ workspace, basePath, children = 'Connect TikTok' }: ConnectButtonProps) {
  const href = routePath(basePath, 'connect', { workspaceId: workspace.id, workspaceSlug: workspace.slug });
  return (
    <a className="toklink-button toklink-button-main" href={href}>
      <TikTokIcon />
      {children}
    </a>
  );
}
