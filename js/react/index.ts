'use client';

export { AccountCard, type AccountCardProps, type ShownAccount } from './account-card.js';
export { ConnectButton, type ConnectButtonProps } from './connect-button.js';
export { PostComposer } from './composer/post-composer.js';
export type { PostComposerProps } from './composer/props.js';
export { TikTokIcon } from './icon.js';
export { LoginNotice, type LoginNoticeProps } from './login-notice.js';
export { QuotaMeter, type QuotaMeterProps } from './quota-meter.js';
export type { Trouble } from './request.js';
export type { Mounted, TikTokAccount } from './routes.js';
export type { Phase, Progress } from './follower.js';
export { TrendsNotice } from './trends-notice.js';
export { UploadProgress, type UploadProgressProps } from './upload-progress.js';
export { usePublish, type PostFields, type PostMedia, type Publish, type UsePublishOptions } from './use-publish.js';
