import { ToklinkError } from '../errors.js';
import { withLineFeeds } from './line-feeds.js';

// Letters of any script are allowed. The character classes match those of the native core, so that both accept the same text.
const SPACE_FIRST = /^\p{White_Space}/u;
const SPACE_LAST = /\p{White_Space}$/u;
const HIDDEN = /\p{Default_Ignorable_Code_Point}/u;
const IN_TAG = /[\p{L}\p{Nd}_]/u;
const MARK = /[\p{Mn}\p{Mc}]/u;
const HANDLE = /^[A-Za-z0-9_.]*[A-Za-z0-9_]$/;

/**
 * Builds a caption. TikTok links `#tag` and `@handle` only between spaces or line ends, so the builder adds missing spaces. Throws
 * INVALID_INPUT for text that TikTok would truncate or not link. Runs in browsers too.
 */
export class Caption {
  #text = '';
  /** True when the last part is a hashtag or a mention. */
  #open = false;

  /** Adds plain text. Counts and writes each line break as one `\n`, even if the text has `\r\n` or `\r`. */
  text(text: string): this {
    // Text directly after a tag would become part of it.
    if (this.#open && !SPACE_FIRST.test(text)) this.#part();
    this.#open = false;
    this.#text += text;
    return this;
  }

  /**
   * Adds a hashtag, given with or without its `#` or full-width `＃`. The rest must be letters of any script with their
   * combining marks, decimal digits and `_`, and must not start with a mark; throws INVALID_INPUT for anything else (spaces,
   * punctuation, symbols, emoji, zero-width characters), naming the first such character and its position.
   */
  hashtag(tag: string): this {
    const name = /^[#＃]/.test(tag) ? tag.slice(1) : tag;
    if (name === '') throw refusal('the hashtag is empty; use letters, digits or _');
    [...name].forEach((char, at) => {
      if (inHashtag(char, at === 0)) return;
      const codePoint = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      throw refusal(`a hashtag can only contain letters, digits and _; remove U+${codePoint} at position ${at + 1}`);
    });
    return this.#add(`#${name}`);
  }

  /** Mentions a handle, given with or without its `@`; throws INVALID_INPUT for an invalid handle. */
  mention(handle: string): this {
    const name = handle.startsWith('@') ? handle.slice(1) : handle;
    if (!HANDLE.test(name)) {
      throw refusal('a handle can only contain letters, digits, _ and ., and cannot end with a .');
    }
    return this.#add(`@${name}`);
  }

  /** The length in UTF-16 code units, as TikTok counts it. */
  get utf16Units(): number {
    return withLineFeeds(this.#text).length;
  }

  /** Returns the caption; throws INVALID_INPUT when it has more than `most` UTF-16 code units (2200 for a video). */
  build(most: number): string {
    const units = this.utf16Units;
    if (units > most) {
      throw refusal(`the caption has ${units} UTF-16 code units, but at most ${most} are allowed; shorten it by ${units - most}`);
    }
    return withLineFeeds(this.#text);
  }

  #add(word: string): this {
    this.#part();
    this.#text += word;
    this.#open = true;
    return this;
  }

  #part(): void {
    if (this.#text !== '' && !SPACE_LAST.test(this.#text)) this.#text += ' ';
  }
}

/** Rejects invisible characters, such as zero-width joiners, because they make two different tags look the same. */
function inHashtag(char: string, isFirst: boolean): boolean {
  if (HIDDEN.test(char)) return false;
  return IN_TAG.test(char) || (MARK.test(char) && !isFirst);
}

function refusal(message: string): ToklinkError {
  return new ToklinkError({ code: 'INVALID_INPUT', owner: 'user', message });
}
