'use strict';

// Loading never throws, so that `toklink` can say in its own error what is missing and how to get it.

/** The C library of this machine: 'glibc' or 'musl' on Linux, else null. */
function libc() {
  if (process.platform !== 'linux') return null;
  const report = process.report?.getReport();
  return report?.header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

exports.addon = null;
exports.platform = null;
try {
  const { NativeClient, openClient, probeVideo, quotaKinds, version } = require('./index.js');
  exports.addon = { NativeClient, openClient, probeVideo, quotaKinds, version };
} catch (cause) {
  exports.platform = { os: process.platform, arch: process.arch, libc: libc(), cause };
}
