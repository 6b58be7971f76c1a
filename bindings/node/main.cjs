'use strict';

// Importing this module loads no binary, so that tests with a mock client run on any machine. Loading never throws, so that
// `toklink` can report in its own error which package is missing and how to install it.

/** Returns the C library of this machine: 'glibc' or 'musl' on Linux, otherwise null. */
function libc() {
  if (process.platform !== 'linux') return null;
  // Without this setting, the report resolves the name of every open connection, which can take minutes.
  const { excludeNetwork } = process.report;
  process.report.excludeNetwork = true;
  const { header } = process.report.getReport();
  process.report.excludeNetwork = excludeNetwork;
  return header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** Returns the name of this machine's package, in napi's naming scheme. It has the same version as this package. */
function packageName() {
  const abi = { linux: libc() === 'musl' ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? '';
  return `toklink-native-${process.platform}-${process.arch}${abi}`;
}

exports.machine = () => ({ os: process.platform, arch: process.arch, libc: libc(), package: packageName() });

let loaded;

/** Loads the addon on the first call. */
exports.load = () => {
  if (loaded !== undefined) return loaded;
  try {
    const { NativeClient, openClient, probeVideo, quotaKinds, version } = require('./index.js');
    loaded = { addon: { NativeClient, openClient, probeVideo, quotaKinds, version }, cause: null };
  } catch (cause) {
    loaded = { addon: null, cause };
  }
  return loaded;
};
