// CommonJS code that requires an ES module, which Node supports since 20.19.
import toklink = require('toklink');

export const code: toklink.ErrorCode = toklink.ERROR_CODES[0];
