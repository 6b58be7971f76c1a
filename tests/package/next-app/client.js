import { Client } from 'toklink';
import { perProcess } from 'toklink/next';

export const client = () =>
  perProcess(
    'client',
    () =>
      new Client({
        clientKey: 'awpackage0000001',
        clientSecret: 'secretsecretsecretsecretsecret00',
        encryptionKey: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
        callbackUrl: 'https://example.com/callback',
      }),
  );
