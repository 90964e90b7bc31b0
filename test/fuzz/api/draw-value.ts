import type { Random } from "../../simulation/random.ts";
import { hostileText, hostileValue, NAMES, UNIT_FILE } from "./hostile-values.ts";
import { type JsonSchema, resolved, type Schemas } from "./json-schema.ts";

export interface Drawing {
  readonly random: Random;
  readonly schemas: Schemas;
  /** In [0, 1]: the share of values that break their schema. */
  readonly malice: number;
}

/** Draws a value that matches `schema`, except for a share of hostile parts (`malice`). */
export function drawValue(drawing: Drawing, given: JsonSchema, name = ""): unknown {
  const { random, malice, schemas } = drawing;
  if (random.chance(malice)) return hostileValue(random);
  const schema = resolved(given, schemas);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives && alternatives.length > 0) return drawValue(drawing, random.pick(alternatives), name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum && schema.enum.length > 0) return random.pick(schema.enum);
  const types = [schema.type ?? "string"].flat();
  switch (random.pick(types)) {
    case "object":
      return drawObject(drawing, schema);
    case "array":
      return Array.from({ length: random.below(4) }, () => drawValue(drawing, schema.items ?? {}, name));
    case "integer":
    case "number":
      return random.chance(0.5) ? (schema.minimum ?? 1) : random.between(1, 1_000);
    case "boolean":
      return random.chance(0.5);
    case "null":
      return null;
    default:
      return drawText(random, name);
  }
}

function drawObject(drawing: Drawing, { properties = {}, required, additionalProperties }: JsonSchema): unknown {
  const { random, malice } = drawing;
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  const known = Object.entries(properties).filter(
    ([name]) => (isRequired(name) && !random.chance(malice)) || random.chance(0.7),
  );
  const entries = known.map(([name, schema]): [string, unknown] => [name, drawValue(drawing, schema, name)]);
  if (typeof additionalProperties === "object")
    for (let left = random.below(4); left > 0; left -= 1)
      entries.push([random.pick(["region", "disk", "a.b-c_d"]), drawValue(drawing, additionalProperties)]);
  if (random.chance(malice)) entries.push([hostileText(random), hostileValue(random)]);
  return Object.fromEntries(entries);
}

/** Returns a value that passes the handlers' first checks, for fields whose schema says only that they are text. */
function drawText(random: Random, name: string): string {
  if (random.chance(0.1)) return hostileText(random);
  switch (name) {
    case "file":
      return UNIT_FILE + (random.chance(0.3) ? `[X-Fleet]\n${hostileText(random)}` : "");
    case "name":
    case "unitName":
      return random.pick(NAMES);
    case "section":
      return random.pick(["Unit", "Service", "X-Fleet", "Install"]);
    case "value":
      return random.pick(["/bin/sleep 1d", "true", "x", "*"]);
    case "id":
    case "machine":
    case "machineID":
      return random.pick(["a".repeat(32), "b".repeat(32), "a"]);
    default:
      return random.pick(["x", "region", "eu", "1"]);
  }
}
