import { ToklinkError } from './errors.js';
import { withLineFeeds } from './line-feeds.js';

// Letters of any script are fine; these classes are those of the native side, so that both judge alike.
const SPACE_FIRST = /^\p{White_Space}/u;
const SPACE_LAST = /\p{White_Space}$/u;
const HIDDEN = /\p{Default_Ignorable_Code_Point}/u;
const IN_TAG = /[\p{L}\p{Nd}_]/u;
const MARK = /[\p{Mn}\p{Mc}]/u;
const HANDLE = /^[A-Za-z0-9_.]*[A-Za-z0-9_]$/;

/**
 * Puts a caption together. TikTok links `#tag` and `@handle` when a space or a line's end is on either side, so these are
 * put there. What TikTok would cut or not link is refused. Runs in browsers too.
 */
export class Caption {
  #text = '';
  /** The last part is a hashtag or a mention. */
  #open = false;

  /** Adds plain text. A line break is counted and built as `\n`, also when it is given as `\r\n` or `\r`. */
  text(text: string): this {
    // Text right behind a tag would become part of it.
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
    if (name === '') throw refusal('the hashtag is empty; give letters, digits or _');
    [...name].forEach((char, at) => {
      if (inHashtag(char, at === 0)) return;
      const codePoint = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      throw refusal(`a hashtag has letters, digits and _ only; remove U+${codePoint}, its character ${at + 1}`);
    });
    return this.#add(`#${name}`);
  }

  /** Mentions a handle, given with or without its `@`; throws INVALID_INPUT for what cannot be one. */
  mention(handle: string): this {
    const name = handle.startsWith('@') ? handle.slice(1) : handle;
    if (!HANDLE.test(name)) {
      throw refusal('a handle has letters, digits, _ and . only, and does not end with a .');
    }
    return this.#add(`@${name}`);
  }

  /** How long it is, in the UTF-16 code units that TikTok counts. */
  get utf16Units(): number {
    return withLineFeeds(this.#text).length;
  }

  /** The caption, if it has at most `most` UTF-16 code units (2200 for a video); it is never cut, but INVALID_INPUT thrown. */
  build(most: number): string {
    const units = this.utf16Units;
    if (units > most) {
      throw refusal(`the caption has ${units} UTF-16 code units, ${most} are the most; shorten it by ${units - most}`);
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

/** Characters that are not shown, such as zero-width joiners, would make two tags look alike. */
function inHashtag(char: string, isFirst: boolean): boolean {
  if (HIDDEN.test(char)) return false;
  return IN_TAG.test(char) || (MARK.test(char) && !isFirst);
}

function refusal(message: string): ToklinkError {
  return new ToklinkError({ code: 'INVALID_INPUT', owner: 'user', message });
}
