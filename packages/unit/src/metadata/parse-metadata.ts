import { trimBlanks } from "../blanks.ts";
import { RequirementsError } from "../requirements-error.ts";
import { wordsOf } from "../words.ts";
import { isComparable } from "./compare-values.ts";
import type { MetadataExpression, MetadataOperator } from "./expression.ts";

/** An expression as written. */
export interface WrittenExpression extends MetadataExpression {
  /** True for `key=value`: pairs with the same key are alternatives. */
  readonly isPair: boolean;
}

/** An operator of words, with blanks around it: `region in eu,us`, `gpu not exists`. A list follows `in`. */
const IN_WORDS = /^(.*?)[ \t]+(not[ \t]+)?(in[ \t]+(.*)|exists)$/s;

/**
 * Reads one line of metadata expressions: expressions separated by whitespace, with quotes around an expression that
 * contains whitespace. As in fleet, an unquoted line in which some word has no `=` is one expression, so `region=us east`
 * is one `key=value`.
 *
 * The key of `key=value` ends at the first `=`, as in fleet. Only a word that fleet could not use, or whose key ends in
 * `!`, `<` or `>`, has another operator.
 *
 * @param option the option of [X-Fleet] with the line, for messages.
 * @throws RequirementsError for a word that is no expression.
 */
export function parseMetadata(option: string, line: string): readonly WrittenExpression[] {
  const words = wordsOf(line);
  if (words === undefined)
    throw new RequirementsError(
      `${option}=${line} in [X-Fleet] has an unclosed quote; write each expression as "key=value"`,
    );
  return (isOne(line, words) ? [line] : words).map((word) => parseExpression(option, line, word));
}

function isOne(line: string, words: readonly string[]): boolean {
  if (/["']/.test(line) || words.every((word) => word.includes("="))) return false;
  // Without any "=", the line had no meaning in fleet: several comparisons may stand side by side.
  return line.includes("=") || !words.every((word) => /^[^<>]+[<>][^<>]+$/.test(word));
}

function parseExpression(option: string, line: string, word: string): WrittenExpression {
  const expression = symbolic(word) ?? inWords(word);
  const problem = expression === undefined ? "is not key=value" : problemOf(expression);
  if (expression !== undefined && problem === undefined) return expression;
  throw new RequirementsError(
    `${option}=${line} in [X-Fleet] contains ${JSON.stringify(word)}, which ${problem}; ` +
      `write both sides of the operator, as in ${option}="region=eu" "disk!=hdd" "kernel>=6.1" "zone in a,b" "gpu exists"`,
  );
}

function symbolic(word: string): WrittenExpression | undefined {
  const at = word.includes("=") ? word.indexOf("=") : word.search(/[<>]/);
  if (at < 0) return undefined;
  const key = word.slice(0, at);
  const values = [trimBlanks(word.slice(at + 1))];
  const sign = key.at(-1) ?? "";
  if (word[at] !== "=") return expressionOf(key, word[at] === "<" ? "<" : ">", values);
  if (sign === "!") return expressionOf(key.slice(0, -1), "not in", values);
  if (sign === "<" || sign === ">") return expressionOf(key.slice(0, -1), `${sign}=`, values);
  return { ...expressionOf(key, "in", values), isPair: true };
}

function inWords(word: string): WrittenExpression | undefined {
  const [, key, not, operator, list] = IN_WORDS.exec(trimBlanks(word)) ?? [];
  if (key === undefined || operator === undefined) return undefined;
  if (operator === "exists") return expressionOf(key, not === undefined ? "exists" : "not exists", []);
  return expressionOf(key, not === undefined ? "in" : "not in", (list ?? "").split(",").map(trimBlanks));
}

function expressionOf(key: string, operator: MetadataOperator, values: readonly string[]): WrittenExpression {
  return { key: trimBlanks(key), operator, values, isPair: false };
}

/** A second expression in a value, whose quotes were forgotten. */
const SECOND = /[ \t](?:in[ \t]|exists$|\S*[=<>])/;

function problemOf({ key, operator, values, isPair }: WrittenExpression): string | undefined {
  const [value = ""] = values;
  if (key === "" || values.includes("")) return isPair ? "is not key=value" : "lacks a key or a value";
  if (isPair) return undefined;
  if (/[ \t]/.test(key) || values.some((each) => SECOND.test(each)))
    return "looks like several expressions: put each in quotes";
  if (/^[<>]/.test(operator) && (!isComparable(value) || /[ \t]/.test(value)))
    return "compares with neither a number nor a version";
  return undefined;
}
