import { isBlank } from "./blanks.ts";

/**
 * Splits a value at whitespace as systemd splits the lists of [Install] (`extract_first_word` with `EXTRACT_UNQUOTE` and
 * `EXTRACT_RETAIN_ESCAPE`). Double or single quotes protect whitespace and are removed. A backslash protects the next
 * character and stays, because globs and escaped unit names need backslashes. Empty words are dropped.
 *
 * @returns undefined for an unclosed quote.
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
