/** The seeded, audited app. Its secret is public, because it only works with an emulator. */
export const APP = {
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
} as const;

/** Returns the URL of the emulator's console. */
export const consoleUrl = (url: string): string => `${url}/_emulator/`;
