import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../../js/index.js';
import type { ClientOptions } from '../../js/index.js';

const COMPLETE: ClientOptions = { clientKey: 'awtest', clientSecret: 's3cret', encryptionKey: '0123456789abcdef'.repeat(4) };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toklink-configuration-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function file(content: string): string {
  const path = join(folder, 'ca.pem');
  writeFileSync(path, content);
  return path;
}

async function open(options: ClientOptions = {}): Promise<void> {
  await new Client({ ...COMPLETE, ...options }).close();
}

describe('a certificate authority file', () => {
  it.each([
    ['nothing', ''],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n'],
    ['plain text', 'text'],
  ])('rejects a CA file that contains %s', async (_what, content) => {
    const path = file(content);
    // The value is not part of the problem, because it can be a secret that was set by mistake.
    const refused = { code: 'CONFIG', problems: [{ variable: 'TIKTOK_CA_FILE', problem: expect.not.stringContaining(path) }] };
    await expect(open({ caFile: path })).rejects.toMatchObject(refused);
    vi.stubEnv('TIKTOK_CA_FILE', path);
    await expect(open()).rejects.toMatchObject(refused);
  });

  it.each(['TIKTOK_CA_FILE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])('reads the CA file from the variable %s', async (name) => {
    vi.stubEnv(name, file(rootCertificates[0]!));
    await open();
    vi.stubEnv(name, join(folder, 'missing.pem'));
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG', problems: [{ variable: name, problem: expect.not.stringContaining(folder) }] });
  });
});

describe('a configuration variable', () => {
  it('reads a variable without surrounding quotes or line breaks', async () => {
    vi.stubEnv('TIKTOK_CALLBACK_URL', '"https://example.com/callback"\n');
    await using client = new Client(COMPLETE);
    const { authorizeUrl } = await client.beginLogin({ userId: 'u', scopes: ['user.info.basic'] });
    expect(new URL(authorizeUrl).searchParams.get('redirect_uri')).toBe('https://example.com/callback');
  });

  it('names a variable that contains a quote', async () => {
    vi.stubEnv('TIKTOK_CALLBACK_URL', '"https://example.com/callback');
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG', problems: [{ variable: 'TIKTOK_CALLBACK_URL' }] });
    await expect(open({ callbackUrl: 'https://example.com/', clientSecret: 's3 cret' })).rejects.toMatchObject({ code: 'CONFIG', problems: [{ variable: 'TIKTOK_CLIENT_SECRET' }] });
  });
});

describe('network options', () => {
  it('names invalid network options but hides the proxy URL', async () => {
    const network = { proxyUrl: 's3cret:8080', connectTimeoutMs: 0, requestTimeoutMs: 0, maxUploadBytesPerSecond: 9999 };
    const problems = Object.keys(network).map((variable) => ({ variable }));
    await expect(open(network)).rejects.toMatchObject({ code: 'CONFIG', problems });
    await expect(open(network)).rejects.toThrow(/proxyUrl is not a valid proxy URL.*connectTimeoutMs is 0/u);
    await expect(open(network)).rejects.not.toThrow('s3cret');
  });

  it('sends requests through the configured proxy', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(429).end('{}');
    });
    await new Promise<void>((listens) => proxy.listen(0, '127.0.0.1', listens));
    const { port } = proxy.address() as AddressInfo;
    const client = new Client({ ...COMPLETE, apiBaseUrl: 'http://127.0.0.1:9', proxyUrl: `http://127.0.0.1:${port}` });
    await expect(client.refreshTokens('rft.x')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 60_000 });
    expect(asked).toEqual(['http://127.0.0.1:9/v2/oauth/token/']);
    await client.close();
    proxy.close();
  });
});
