import { expect, it } from 'vitest';
import { host } from './world.js';

const CODE = 'HostApp1HostApp1HostApp1HostApp1';

// The app has a file for each route of toklink, so no route of toklink serves the root of the domain.
it('serves the verification file of its public folder', async () => {
  for (const base of host.instances) {
    const response = await fetch(`${base}/tiktok${CODE}.txt`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`tiktok-developers-site-verification=${CODE}`);
  }
});
