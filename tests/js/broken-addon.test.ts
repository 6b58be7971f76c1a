import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../../js/client.js';
import { ToklinkError } from '../../js/errors.js';

/** Mocks of the addon's functions. */
const addon = vi.hoisted(() => ({ openClient: vi.fn(), listen: vi.fn(), keepQuota: vi.fn() }));

vi.mock('../../js/native/load.js', () => ({
  load: () => ({ openClient: addon.openClient, quotaKinds: () => ['userInfo'] }),
  machineName: () => 'a test',
}));

const fault = new Error('napi: the bridge broke');
const broken = (): never => {
  throw fault;
};

/** Matches the internal `ToklinkError` that `fault` causes in `operation`. */
function internal(operation: string): unknown {
  return expect.objectContaining({ code: 'INTERNAL', owner: 'toklink', operation, cause: fault });
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('it did not fail');
}

describe('a native addon that throws', () => {
  beforeEach(() => {
    vi.resetAllMocks();
    const { listen, keepQuota } = addon;
    addon.openClient.mockReturnValue({ client: { listen, keepQuota, quotaAsker: () => () => 0, forgetQuotas: () => {} } });
  });

  it('throws a ToklinkError when the addon cannot open a client', () => {
    addon.openClient.mockImplementation(broken);
    expect(thrownBy(() => new Client())).toEqual(internal('new Client'));
    addon.openClient.mockReturnValue({});
    expect(thrownBy(() => new Client())).toMatchObject({ code: 'INTERNAL', owner: 'toklink' });
  });

  it('throws a ToklinkError from failing event and quota calls', () => {
    const client = new Client();
    addon.listen.mockImplementation(broken);
    expect(thrownBy(() => client.on('refreshed', () => {}))).toEqual(internal('on'));
    addon.keepQuota.mockImplementation(broken);
    const thrown = thrownBy(() => client.checkQuota('-000account', 'userInfo'));
    expect(thrown).toEqual(internal('checkQuota'));
    expect(ToklinkError.is(thrown)).toBe(true);
  });
});
