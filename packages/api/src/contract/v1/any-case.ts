/** The fields of v1's bodies by their names in lower case. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  ["name", "options", "desiredState", "section", "value", "op", "path"].map((field) => [field.toLowerCase(), field]),
);

/**
 * Returns a body with v1's fields in their documented case. fleet accepts fields in any case, as Go's encoding/json does.
 * A Go program whose struct has no tags sends `Value`; fleet's functional tests do.
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
