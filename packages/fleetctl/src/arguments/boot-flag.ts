import { JOURNAL_BOOT } from "@flotilla/unit";

/**
 * Gives journalctl's `-b` and `--boot` the value that may follow as the next word or in the same one, else `0`, up to a
 * `--`.
 */
export function withBootFlag(args: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return [...words, ...args.slice(at)];
    const [, attached = ""] = /^-b([+-]?[0-9a-f]+)$/.exec(word) ?? [];
    const next = args[at + 1] ?? "";
    if (attached !== "") words.push(`--boot=${attached}`);
    else if (word !== "-b" && word !== "--boot" && word !== "-boot") words.push(word);
    else if (JOURNAL_BOOT.test(next)) words.push(`--boot=${args[++at] ?? ""}`);
    else words.push("--boot=0");
  }
  return words;
}
