// Finds the process at the other end of a loopback connection from the tables in Linux's /proc.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

const LOCAL_ADDRESS = 1;
const REMOTE_ADDRESS = 2;
const INODE = 9;

const loopback = (port) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;

function inodeOf({ remotePort, localPort }) {
  // Compares both ends, because two connections to different servers can have the same local port.
  const [from, to] = [loopback(remotePort), loopback(localPort)];
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((row) => row.trim().split(/\s+/));
  return rows.find((row) => row[LOCAL_ADDRESS] === from && row[REMOTE_ADDRESS] === to)?.[INODE];
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
      // The descriptor was closed after the folder listing was read.
      return false;
    }
  });
}

/** Returns the process ID from `pids` that opened the other end of `socket` to 127.0.0.1, or `undefined`. */
export function ownerOf(socket, pids) {
  const inode = inodeOf(socket);
  return inode === undefined ? undefined : pids.find((pid) => hasOpen(pid, `socket:[${inode}]`));
}

/** Returns the letter of the process state (`T` means stopped), or `null` if the process does not exist. */
export function stateOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  } catch {
    return null;
  }
}
