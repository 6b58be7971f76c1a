/** The seeded app that is audited. Its secret is public: it is valid only at an emulator. */
export const APP = {
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
} as const;

/** Returns the address of the emulator's console. */
export const consoleUrl = (url: string): string => `${url}/_emulator/`;
