/** The seeded app that TikTok has audited. Its secret is no secret: it opens nothing but an emulator. */
export const APP = {
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
} as const;

/** Where the emulator's console is. */
export const consoleUrl = (url: string): string => `${url}/_emulator/`;
