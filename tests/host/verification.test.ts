import { expect, it } from 'vitest';
import { host } from './world.js';

const CODE = 'HostApp1HostApp1HostApp1HostApp1';

// The app has one file per toklink route, so no toklink route serves the root of the domain.
it('the app serves the verification file in its public folder', async () => {
  for (const base of host.instances) {
    const response = await fetch(`${base}/tiktok${CODE}.txt`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`tiktok-developers-site-verification=${CODE}`);
  }
});
