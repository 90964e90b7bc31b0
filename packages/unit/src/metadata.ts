import { trimBlanks } from "./blanks.ts";
import { RequirementsError } from "./requirements-error.ts";
import { wordsOf } from "./words.ts";

interface MetadataPair {
  readonly key: string;
  readonly value: string;
}

/**
 * Reads one MachineMetadata= line: `key=value` pairs separated by whitespace, with quotes around a pair that contains
 * whitespace. fleet took an unquoted line as one pair, so `region=us east` is one pair. The key ends at the first `=`.
 *
 * @throws RequirementsError for a word that is not a pair.
 */
export function parseMetadata(line: string): readonly MetadataPair[] {
  const words = wordsOf(line);
  if (words === undefined) {
    throw new RequirementsError(
      `MachineMetadata=${line} in [X-Fleet] has an unclosed quote; write each pair as "key=value"`,
    );
  }
  const isOnePair = !/["']/.test(line) && words.some((word) => !word.includes("="));
  return (isOnePair ? [line] : words).map((word) => parsePair(line, word));
}

function parsePair(line: string, word: string): MetadataPair {
  const equals = word.indexOf("=");
  const key = trimBlanks(word.slice(0, Math.max(equals, 0)));
  const value = trimBlanks(word.slice(equals + 1));
  if (key !== "" && value !== "") return { key, value };
  throw new RequirementsError(
    `MachineMetadata=${line} in [X-Fleet] contains ${JSON.stringify(word)}, which is not key=value; ` +
      'write both sides of the "=", as in MachineMetadata="region=eu" "disk=ssd"',
  );
}
