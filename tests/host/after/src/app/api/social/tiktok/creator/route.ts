import { tiktok } from '@/lib/tiktok';

export const { GET } = tiktok.creator;
