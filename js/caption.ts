import { ToklinkError } from './errors.js';

// Letters of any script are fine; these classes are those of the native side, so that both judge alike.
const SPACE_FIRST = /^\p{White_Space}/u;
const SPACE_LAST = /\p{White_Space}$/u;
const ENDS_TAG = /[\p{White_Space}\p{Cc}!-/:-@[-^`{-~]/u;
const HANDLE = /^[A-Za-z0-9_.]*[A-Za-z0-9_]$/;

/**
 * Puts a caption together. TikTok links `#tag` and `@handle` when a space or a line's end is on either side, so these are
 * put there. What TikTok would cut or not link is refused. Runs in browsers too.
 */
export class Caption {
  #text = '';
  /** The last part is a hashtag or a mention. */
  #open = false;

  /** Adds plain text as it is. */
  text(text: string): this {
    // Text right behind a tag would become part of it.
    if (this.#open && !SPACE_FIRST.test(text)) this.#part();
    this.#open = false;
    this.#text += text;
    return this;
  }

  /** Adds a hashtag, given with or without its `#`; throws INVALID_INPUT for what TikTok would not link. */
  hashtag(tag: string): this {
    const name = tag.startsWith('#') ? tag.slice(1) : tag;
    if (name === '' || ENDS_TAG.test(name)) {
      throw refusal('a hashtag has letters, digits and _ only, and at least one of them');
    }
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
    return this.#text.length;
  }

  /** The caption, if it has at most `most` UTF-16 code units (2200 for a video); it is never cut, but INVALID_INPUT thrown. */
  build(most: number): string {
    const units = this.utf16Units;
    if (units > most) {
      throw refusal(`the caption has ${units} UTF-16 code units, ${most} are the most; shorten it by ${units - most}`);
    }
    return this.#text;
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

function refusal(message: string): ToklinkError {
  return new ToklinkError({ code: 'INVALID_INPUT', owner: 'user', message });
}
