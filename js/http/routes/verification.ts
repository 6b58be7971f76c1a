import { variable } from '../../runtime/environment.js';
import type { RouteContext } from '../context.js';
import { HttpError } from '../respond.js';

/**
 * GET .../tiktok<code>.txt: responds with the file with which TikTok's portal verifies the app's domain. TikTok only fetches
 * media from verified domains. Serves only the codes that the host has configured, because anyone who can serve a verification
 * file can claim the domain in TikTok's portal.
 */
export async function verificationFile(context: RouteContext, request: Request): Promise<Response> {
  const { verification, env = process.env } = context.options;
  const codes = verification ?? (variable(env, 'TIKTOK_VERIFICATION') ?? '').split(',').map((code) => code.trim());
  const asked = /\/tiktok([A-Za-z0-9]+)\.txt$/.exec(new URL(request.url).pathname)?.[1];
  if (asked === undefined || !codes.includes(asked)) {
    throw new HttpError(404, 'NOT_FOUND', 'This verification file is not configured. Add its code to TIKTOK_VERIFICATION.');
  }
  return new Response(`tiktok-developers-site-verification=${asked}`, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });
}
