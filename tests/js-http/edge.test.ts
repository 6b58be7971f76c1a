import { expect, it } from 'vitest';

it('the edge runtime gets one sentence at import, which says what to remove', async () => {
  await expect(import('../../js/edge.js')).rejects.toThrow(/^toklink needs the Node\.js runtime: remove `export const runtime = 'edge'`/);
});
