import { expect, it } from 'vitest';

it('rejects the edge runtime and shows the line to remove', async () => {
  await expect(import('../../js/edge.js')).rejects.toThrow("export const runtime = 'edge'");
});
