/** Returns `text` with each line break as one `\n`: the number of units that TikTok counts must not depend on the source. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
