// CommonJS that requires an ES module, as Node does since 20.19.
import toklink = require('toklink');

export const code: toklink.ErrorCode = toklink.ERROR_CODES[0];
