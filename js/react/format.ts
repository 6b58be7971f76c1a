/** Formats a byte count in decimal units, for example `1.5 MB`. */
export function bytesOf(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Formats a remaining time, for example `12 s left` or `3 min left`. */
export function leftOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
}

/** Formats the length of a quota window, for example `a day`, `1 min` or `30 s`. */
export function spanOf(ms: number): string {
  if (ms >= 86_400_000) return 'a day';
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1000)} s`;
}
