'use strict';

// Importing this module loads no binary, so that a host's tests run on any machine with a mock client. Loading never throws, so
// that `toklink` can say in its own error what is missing and how to get it.

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

let loaded;

/** Loads the addon at the first call. */
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
