import { expandSpecifiers } from "../specifier.ts";
import type { MetadataExpression } from "./expression.ts";
import { parseMetadata } from "./parse-metadata.ts";

/**
 * Reads the lines of an option with metadata expressions, all of which a machine must meet. As in fleet, pairs
 * `key=value` with the same key form one expression: one of the values is enough.
 *
 * @param name the unit's name, for specifiers.
 * @throws RequirementsError for a word that is no expression.
 */
export function joinMetadata(option: string, lines: readonly string[], name: string): readonly MetadataExpression[] {
  const joined = new Map<string, MetadataExpression>();
  for (const written of lines.flatMap((line) => parseMetadata(option, line))) {
    const key = expandSpecifiers(written.key, name);
    const values = written.values.map((value) => expandSpecifiers(value, name));
    const id = written.isPair ? `=${key}` : JSON.stringify([key, written.operator, values]);
    const known = joined.get(id)?.values ?? [];
    joined.set(id, { key, operator: written.operator, values: Array.from(new Set([...known, ...values])) });
  }
  return Array.from(joined.values());
}
