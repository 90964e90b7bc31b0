import { metadataValuesOf, shortMachineID, type Unit } from "@flotilla/model";
import { expressionText, meetsExpression, type MetadataExpression } from "@flotilla/unit";
import { listed } from "../wording.ts";
import type { MachineRule } from "./rule.ts";

/** Cached, because one expression may reject thousands of machines. */
const subjects = new WeakMap<MetadataExpression, string>();

function subjectOf(expression: MetadataExpression): string {
  const known = subjects.get(expression);
  if (known !== undefined) return known;
  const made = expressionText(expression);
  subjects.set(expression, made);
  return made;
}

/** MachineMetadata=: the machine's metadata must meet each expression. */
export const metadataRule: MachineRule = {
  kind: "machine",
  name: "MachineMetadata",
  examples: ["zone=x", "zone!=x", "zone not exists"].map((value) => ({
    section: "X-Fleet",
    name: "MachineMetadata",
    value,
  })),
  asks({ requirements: { metadata } }) {
    let asked: string | undefined;
    for (const { key, operator, values } of metadata)
      asked = `${asked ?? ""}${key}\0${operator}\0${values.join("\0")}\n`;
    return asked;
  },
  effort: ({ requirements }) => requirements.metadata.reduce((sum, { values }) => sum + 1 + values.length / 8, 1),
  check({ requirements }, machine) {
    for (const expression of requirements.metadata) {
      const own = metadataValuesOf(machine, expression.key);
      if (meetsExpression(expression, own)) continue;
      return { subject: subjectOf(expression), found: foundIn(expression.key, own) };
    }
    return undefined;
  },
  explain({ subject, found, count }, unit) {
    const problem = (askedIn(unit, subject)?.operator ?? "in") === "in" ? "is missing" : "is not met";
    return `metadata ${subject} ${problem} (${count === 1 ? "it has" : "they have"} ${listed(found, "and")})`;
  },
  fix({ subject, example }, unit) {
    const asked = askedIn(unit, subject);
    return `${asked === undefined ? `set metadata ${subject}` : changeFor(asked)} on a machine such as ${shortMachineID(example.id)}`;
  },
};

/** The expression that a reason is about. The unit may have changed since the decision. */
function askedIn({ requirements }: Unit, subject: string): MetadataExpression | undefined {
  return requirements.metadata.find((expression) => expressionText(expression) === subject);
}

/** What a person can do to a machine's metadata so that it meets the expression. */
function changeFor(expression: MetadataExpression): string {
  const { key, operator } = expression;
  switch (operator) {
    case "in":
      return `set metadata ${expressionText(expression)}`;
    case "not in":
      return `set another value of metadata ${key}`;
    case "not exists":
      return `remove metadata ${key}`;
    case "exists":
      return `set metadata ${key}`;
    default:
      return `set a value of metadata ${key} that is ${operator satisfies string} ${expression.values.join()}`;
  }
}

function foundIn(key: string, own: readonly string[]): string {
  return own.length === 0 ? `no ${key}` : own.map((value) => `${key}=${value}`).join(" and ");
}
