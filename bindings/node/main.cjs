'use strict';

// Loading never throws, so that `toklink` can say in its own error what is missing and how to get it.

/** The C library of this machine: 'glibc' or 'musl' on Linux, else null. */
function libc() {
  if (process.platform !== 'linux') return null;
  // Without this the report looks up the name of every open connection, which can take minutes.
  const { excludeNetwork } = process.report;
  process.report.excludeNetwork = true;
  const { header } = process.report.getReport();
  process.report.excludeNetwork = excludeNetwork;
  return header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** The name of this machine's package, as napi names it; its version is this package's. */
function packageName() {
  const abi = { linux: libc() === 'musl' ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? '';
  return `toklink-native-${process.platform}-${process.arch}${abi}`;
}

exports.machine = () => ({ os: process.platform, arch: process.arch, libc: libc(), package: packageName() });
exports.addon = null;
exports.cause = null;
try {
  const { NativeClient, openClient, probeVideo, quotaKinds, version } = require('./index.js');
  exports.addon = { NativeClient, openClient, probeVideo, quotaKinds, version };
} catch (cause) {
  exports.cause = cause;
}
