// This file is compiled against the installed packages and never run.
import { Caption, Client, ERROR_CODES, probeVideo, ToklinkError } from 'toklink';
import type { Account, ClientOptions, PublishOutcome, Store, TikTokApi } from 'toklink';
import { start } from 'toklink/emulator';
import { kyselyStore } from 'toklink/kysely';
import { createTikTokHandlers } from 'toklink/next';
import { pgStore } from 'toklink/pg';
import { prismaStore } from 'toklink/prisma';
import { PostComposer, usePublish, type PostComposerProps } from 'toklink/react';
import { MetricsChart } from 'toklink/react/charts';
import { createSocialClient } from 'toklink/social';
import { MemoryStore, storeConformance } from 'toklink/testing';

const store: Store = new MemoryStore();
const options: ClientOptions = { store, quotaPolicy: 'documented' };
export const client: TikTokApi = new Client(options);

export async function publish(account: Account): Promise<PublishOutcome> {
  client.on('quotaWarning', ({ percent }) => percent satisfies 80 | 95);
  return client.publishVideo(account, { file: 'a.mp4', privacyLevel: 'SELF_ONLY' }, { onProgress: ({ bytesSent }) => bytesSent.toFixed() });
}

export function say(error: unknown): string {
  return ToklinkError.is(error) ? error.code : 'not ours';
}

// @ts-expect-error TikTok has no such privacy level.
client.publishVideo('a', { file: 'a.mp4', privacyLevel: 'EVERYBODY' });

export const form: PostComposerProps = { account: { accountId: 'a', workspaceId: 'w' }, drafts: true };

export const others = [PostComposer, usePublish, MetricsChart, Caption, ERROR_CODES, probeVideo, start, createTikTokHandlers, prismaStore, pgStore, kyselyStore, createSocialClient, storeConformance];
