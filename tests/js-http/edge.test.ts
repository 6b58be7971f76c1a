import { expect, it } from 'vitest';

it('fails in the edge runtime and names what to remove', async () => {
  await expect(import('../../js/edge.js')).rejects.toThrow(/^toklink needs the Node\.js runtime: remove `export const runtime = 'edge'`/);
});
