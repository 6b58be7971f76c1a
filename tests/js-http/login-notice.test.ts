import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../js/errors.js';
import { LoginNotice } from '../../js/react/login-notice.js';

const ACCOUNTS = [{ accountId: 'open-1', displayName: 'Ana <b>Makes</b>' }];
const shown = (query: Record<string, string | string[]>) => renderToStaticMarkup(createElement(LoginNotice, { query, accounts: ACCOUNTS }));

describe('the notice after a login', () => {
  it('shows the stored account name and ignores the one in the URL', () => {
    const html = shown({ connected: 'tiktok', accountId: 'open-1', accountName: 'Call 555-0100', missing: 'video.list,Call 555-0100' });
    expect(html).toContain('<strong>Ana &lt;b&gt;Makes&lt;/b&gt;</strong>');
    // The notice shows the scope but not the unknown text next to it.
    expect(html).toBe(shown({ connected: 'tiktok', accountId: 'open-1', missing: 'video.list' }));
    expect(html).not.toBe(shown({ connected: 'tiktok', accountId: 'open-1' }));
    expect(html).not.toContain('555');
  });

  it.each(['Your plan has expired. Call 555-0100', 'constructor', '__proto__', '', 'access_denied'])('shows nothing for the unknown code %j', (error) => {
    expect(shown({ error })).toBe('');
  });

  it('shows a text for each error code', () => {
    for (const error of [...ERROR_CODES, 'SIGNED_OUT', 'FORBIDDEN', 'NOT_SET_UP', 'BAD_REQUEST']) {
      expect(shown({ error }), error).toMatch(/^<div class="toklink-notice toklink-notice-bad" role="alert"><p>[^<]{20,}<\/p><button[^>]*>[^<]+<\/button><\/div>$/);
    }
  });

  it('shows no account name when the page passes none', () => {
    const html = renderToStaticMarkup(createElement(LoginNotice, { query: { connected: 'tiktok', accountId: 'open-1' } }));
    expect(html).toMatch(/role="status"><p>[^<]*<strong>TikTok<\/strong>[^<]*<\/p>/);
    expect(renderToStaticMarkup(createElement(LoginNotice))).toBe('');
  });

  it('shows a separate text for the login of another user', () => {
    const others = ['SIGNED_OUT', 'FORBIDDEN', 'INTEGRITY', 'INTERNAL'].map((error) => shown({ error }));
    expect(others).not.toContain(shown({ error: 'OTHER_PERSON' }));
  });

  it.each([{}, { connected: 'tiktok', accountId: 'open-2' }, { connected: 'tiktok' }, { error: ['a', 'b'] }, { connected: 'x', accountId: 'open-1' }])(
    'shows nothing for the query %j',
    (query) => expect(shown(query as Record<string, string>)).toBe(''),
  );
});
