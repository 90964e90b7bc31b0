/** The parts of JSON Schema that Flotilla's own API documents use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[] | boolean;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly default?: unknown;
}

/** The schemas that a `$ref` may name; the key is the last part of the reference's path. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/**
 * Follows a `$ref`.
 * @throws RangeError when the reference names no schema.
 */
export function resolved(schema: JsonSchema, schemas: Schemas): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const target = schemas[schema.$ref.split("/").at(-1) ?? ""];
  if (!target) throw new RangeError(`the document has no schema ${schema.$ref}`);
  return resolved(target, schemas);
}

/** Returns how `value` breaks `schema`; undefined if it does not. */
export function violation(value: unknown, given: JsonSchema, schemas: Schemas, at = "the answer"): string | undefined {
  const schema = resolved(given, schemas);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) {
    const wrong = alternatives.map((one) => violation(value, one, schemas, at));
    return wrong.includes(undefined) ? undefined : wrong.join(" or ");
  }
  for (const part of schema.allOf ?? []) {
    const wrong = violation(value, part, schemas, at);
    if (wrong !== undefined) return wrong;
  }
  if (schema.const !== undefined && value !== schema.const) return `${at} is not ${JSON.stringify(schema.const)}`;
  if (schema.enum && !schema.enum.includes(value)) return `${at} is not one of ${JSON.stringify(schema.enum)}`;
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return `${at} is not ${types.join(" or ")}`;
  return violationWithin(value, schema, schemas, at);
}

function violationWithin(value: unknown, schema: JsonSchema, schemas: Schemas, at: string): string | undefined {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items && firstOf(value.map((item, index) => violation(item, items, schemas, `${at}[${index}]`)));
  }
  if (typeof value !== "object" || value === null) return undefined;
  const required = Array.isArray(schema.required) ? (schema.required as readonly string[]) : [];
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${at} lacks ${missing}`;
  return firstOf(
    Object.entries(value).map(([name, item]) => {
      const property = schema.properties && Object.hasOwn(schema.properties, name) && schema.properties[name];
      if (property) return violation(item, property, schemas, `${at}.${name}`);
      const { additionalProperties: rest } = schema;
      if (rest === false) return `${at} has ${name}, which is not in the document`;
      return typeof rest === "object" ? violation(item, rest, schemas, `${at}.${name}`) : undefined;
    }),
  );
}

function firstOf(wrong: readonly (string | undefined)[]): string | undefined {
  return wrong.find((one) => one !== undefined);
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
