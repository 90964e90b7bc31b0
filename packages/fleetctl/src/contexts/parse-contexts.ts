import { CommandError } from "../command-error.ts";
import { type Contexts, nameProblem, type SavedContext } from "./saved-context.ts";

/** The version of the file's format. */
const VERSION = 1;

/** The fields of a context. The type checker asks for each. */
const FIELDS: Readonly<Record<keyof SavedContext, "text" | "texts">> = {
  endpoints: "texts",
  ca: "text",
  caFile: "text",
  certFile: "text",
  keyFile: "text",
  token: "text",
  tunnel: "text",
  sshUsername: "text",
};

const TOP: readonly string[] = ["version", "current", "contexts"];

/**
 * Reads the text of a contexts file. Unknown fields are refused: a misspelt `caFile` must not go unnoticed.
 *
 * @param path names the file in messages. No message quotes the file, which may hold secrets.
 * @throws CommandError naming the line or field, and what to do.
 */
export function parseContexts(text: string, path: string): Contexts {
  const refuse = (problem: string): never => {
    throw new CommandError(`cannot read contexts from ${path}: ${problem}`);
  };
  const top = objectOf(parsed(text, refuse)) ?? refuse("it is not a JSON object; write {} or remove the file");
  if (top["version"] !== VERSION) refuse(versionProblem(top["version"]));
  refuseUnknown(top, TOP, "", refuse);
  const entries = objectOf(top["contexts"] ?? {}) ?? refuse("contexts is not an object of contexts by name");
  const contexts = new Map<string, SavedContext>();
  for (const [name, value] of Object.entries(entries)) {
    const problem = nameProblem(name);
    if (problem !== undefined) refuse(`${JSON.stringify(name)} in contexts is not a name: ${problem}`);
    contexts.set(name, contextOf(value, `contexts.${name}`, refuse));
  }
  const current = top["current"];
  if (current === undefined) return { contexts };
  if (typeof current !== "string" || !contexts.has(current))
    return refuse("current does not name one of the contexts; correct or remove it");
  return { current, contexts };
}

/** Returns the text of a contexts file. */
export function serialiseContexts({ current, contexts }: Contexts): string {
  const file = { version: VERSION, current, contexts: Object.fromEntries(contexts) };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

type Refuse = (problem: string) => never;

function contextOf(value: unknown, where: string, refuse: Refuse): SavedContext {
  const fields = objectOf(value) ?? refuse(`${where} is not an object`);
  refuseUnknown(fields, Object.keys(FIELDS), `${where}.`, refuse);
  for (const [name, type] of Object.entries(FIELDS)) {
    const field = fields[name];
    if (field === undefined) continue;
    if (type === "text" && !isText(field)) refuse(`${where}.${name} is not a text`);
    if (type === "texts" && !(Array.isArray(field) && field.length > 0 && field.every(isText)))
      refuse(`${where}.${name} is not a list of texts, such as ["https://10.0.0.1:49153"]`);
  }
  if (fields["endpoints"] === undefined)
    refuse(`${where}.endpoints is missing; add a list such as ["https://10.0.0.1:49153"]`);
  if (fields["ca"] !== undefined && fields["caFile"] !== undefined)
    refuse(`${where} has both ca and caFile; keep one of them`);
  if ((fields["certFile"] === undefined) !== (fields["keyFile"] === undefined))
    refuse(`${where} has one of certFile and keyFile alone; give both or neither`);
  return fields as unknown as SavedContext;
}

function refuseUnknown(object: object, known: readonly string[], before: string, refuse: Refuse): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  refuse(`${before}${unknown} is not a known field; correct or remove it (known: ${known.join(", ")})`);
}

function versionProblem(version: unknown): string {
  if (typeof version === "number" && version > VERSION)
    return `its format has version ${version}, and this fleetctl reads version ${VERSION}; use a newer fleetctl`;
  return `version is not ${VERSION}; write "version": ${VERSION}`;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function parsed(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(`line ${lineOf(text, error as SyntaxError)} is not JSON; correct the file, or remove it`);
  }
}

/** The line of a syntax error. The message itself cannot be shown: it quotes the text around the error. */
function lineOf(text: string, { message }: SyntaxError): number {
  const [, given] = /\(line (\d+) column \d+\)/.exec(message) ?? [];
  if (given !== undefined) return Number(given);
  const lines = text.split("\n");
  // Without a position, the text ended early or has an unexpected token, which the texts up to an earlier line lack.
  if (!message.startsWith(UNEXPECTED)) return lines.length;
  return 1 + lines.findIndex((_, at) => hasUnexpectedToken(lines.slice(0, at + 1).join("\n")));
}

const UNEXPECTED = "Unexpected token";

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as SyntaxError).message.startsWith(UNEXPECTED);
  }
}
