/** The fields of v1's bodies by their names in small letters. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  ["name", "options", "desiredState", "section", "value", "op", "path"].map((field) => [field.toLowerCase(), field]),
);

/**
 * A body with v1's fields spelled as they are documented. Go's encoding/json takes a field in any case, so fleet did,
 * and a Go program whose struct has no tags sends `Value` (fleet's own functional tests do).
 */
export function inDocumentedCase(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(inDocumentedCase);
  if (typeof body !== "object" || body === null) return body;
  const fields = Object.entries(body).map(([key, value]) => [
    FIELDS.get(key.toLowerCase()) ?? key,
    inDocumentedCase(value),
  ]);
  return Object.fromEntries(fields) as Record<string, unknown>;
}
