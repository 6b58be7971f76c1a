import { tiktok } from '@/lib/tiktok';

export const { POST } = tiktok.publishPhotos;
