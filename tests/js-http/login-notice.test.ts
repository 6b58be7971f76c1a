import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { LoginNotice } from '../../js/react/login-notice.js';

const ACCOUNTS = [{ accountId: 'open-1', displayName: 'Ana <b>Makes</b>' }];
const shown = (query: Record<string, string | string[]>) => renderToStaticMarkup(createElement(LoginNotice, { query, accounts: ACCOUNTS }));

describe('the notice after a login', () => {
  it('names the connected account as the workspace knows it', () => {
    const html = shown({ connected: 'tiktok', accountId: 'open-1', accountName: 'Call 555-0100', missing: 'video.list,Call 555-0100' });
    expect(html).toContain('Connected <strong>Ana &lt;b&gt;Makes&lt;/b&gt;</strong>.');
    expect(html).toContain('Not granted: list of videos.');
    expect(html).not.toContain('555');
  });

  it.each(['Your plan has expired. Call 555-0100', 'constructor', '__proto__', ''])('shows fixed text for the code %j', (error) => {
    const html = shown({ error });
    expect(html).toContain('TikTok was not connected. Try again');
    expect(html).not.toContain('555');
  });

  it('shows the text of a known code', () => {
    expect(shown({ error: 'OTHER_PERSON' })).toContain('Another person started this login.');
  });

  it.each([{}, { connected: 'tiktok', accountId: 'open-2' }, { connected: 'tiktok' }, { error: ['a', 'b'] }, { connected: 'x', accountId: 'open-1' }])(
    'shows nothing for the query %j',
    (query) => expect(shown(query as Record<string, string>)).toBe(''),
  );
});
