import { isBlank } from "./blanks.ts";

/**
 * Splits at blanks as systemd splits the lists of [Install] (`extract_first_word` that removes quotes and retains
 * escapes): quotes, double or single, hold blanks and are removed; a backslash stays, and takes from the next character
 * any meaning as a quote or blank, for globs and escaped unit names need theirs. Empty words are dropped.
 *
 * @returns undefined if a quote is not closed.
 */
export function wordsOf(value: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === "\\") {
      word += value.slice(at, at + 2);
      at += 1;
    } else if (quote !== "" && character === quote) {
      quote = "";
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
    } else if (quote === "" && isBlank(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      word += character;
    }
  }
  if (quote !== "") return undefined;
  return word === "" ? words : [...words, word];
}
