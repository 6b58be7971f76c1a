/** The version of this package; the addon must have the same version. */
export const VERSION = '0.1.0';
