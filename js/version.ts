/** This package's version; the addon must have the same. */
export const VERSION = '0.1.0';
