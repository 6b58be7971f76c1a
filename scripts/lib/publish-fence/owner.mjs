// Finds the process at the other end of a loopback connection, from Linux' own tables.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

const LOCAL_ADDRESS = 1;
const INODE = 9;

const hexPort = (port) => port.toString(16).toUpperCase().padStart(4, '0');

function inodeOf(port) {
  const wanted = `0100007F:${hexPort(port)}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return rows.map((row) => row.trim().split(/\s+/)).find((row) => row[LOCAL_ADDRESS] === wanted)?.[INODE];
}

function hasOpen(pid, link) {
  let descriptors;
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return false;
  }
  return descriptors.some((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === link;
    } catch {
      // Closed since the folder was read.
      return false;
    }
  });
}

/** Returns which of `pids` connected from `port` on 127.0.0.1, or `undefined`. */
export function ownerOf(port, pids) {
  const inode = inodeOf(port);
  return inode === undefined ? undefined : pids.find((pid) => hasOpen(pid, `socket:[${inode}]`));
}

/** Returns the letter of the process state (`T` is stopped), or `null` when there is no such process. */
export function stateOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  } catch {
    return null;
  }
}
