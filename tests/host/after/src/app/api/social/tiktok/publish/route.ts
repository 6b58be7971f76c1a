import { tiktok } from '@/lib/tiktok';

export const { GET, PATCH, POST } = tiktok.publish;
