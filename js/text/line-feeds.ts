/** Returns `text` with each line break as one `\n`, so that the length that TikTok counts does not depend on the source. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
