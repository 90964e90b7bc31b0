import * as z from "zod";
import { shortened } from "@flotilla/unit";
import type { ErrorId } from "../contract/error-ids.ts";
import { RequestError } from "./request-error.ts";

/** The most errors in one message; the next request shows the others. */
const MOST_SENTENCES = 5;

/**
 * Parses `value` by `schema`.
 * @param whole the name of the value in messages: "the body", "the query".
 * @throws RequestError naming each wrong field and its valid values.
 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, id: ErrorId, whole: string): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const sentences = result.error.issues.slice(0, MOST_SENTENCES).map((issue) => sentenceOf(issue, schema, whole));
  throw new RequestError(id, sentences.join("; "));
}

function sentenceOf(issue: z.core.$ZodIssue, schema: z.ZodType, whole: string): string {
  const field = fieldOf(issue.path, whole);
  switch (issue.code) {
    case "unrecognized_keys":
      return `unknown field ${issue.keys.join(", ")} in ${field}: ${knownKeys(schema)}`;
    case "invalid_type":
      return issue.input === undefined
        ? `${field} is missing and must be ${article(issue.expected)}`
        : `${field} must be ${article(issue.expected)}`;
    case "invalid_value":
      return `${field} must be one of ${issue.values.map(String).filter(Boolean).join(", ")}`;
    case "too_small":
      return issue.origin === "string" ? `${field} must not be empty` : `${field} must be at least ${issue.minimum}`;
    case "too_big":
      return `${field} must be at most ${issue.maximum}${issue.origin === "string" ? " characters long" : ""}`;
    case "invalid_format":
      return `${field} ${issue.message}`;
    case "invalid_key":
      return issue.issues.map((one) => sentenceOf({ ...one, path: [] }, schema, `the key ${keyOf(issue)}`)).join("; ");
    case "invalid_union":
      return issue.discriminator === undefined
        ? eachOf(issue, schema, whole)
        : `${field} must be one of ${optionsOf(issue).join(", ")}`;
    default:
      return `${field}: ${issue.message}`;
  }
}

/** Joins the errors for each form that the field may have. */
function eachOf({ errors, path }: z.core.$ZodIssueInvalidUnion, schema: z.ZodType, whole: string): string {
  const forms = errors.map((issues) =>
    issues.map((issue) => sentenceOf({ ...issue, path: [...path, ...issue.path] }, schema, whole)).join("; "),
  );
  return [...new Set(forms)].join(", or ");
}

/** Names a key by its beginning, with its place. */
function keyOf({ path }: z.core.$ZodIssueInvalidKey): string {
  const key = String(path.at(-1));
  return `${JSON.stringify(shortened(key))} in ${fieldOf(path.slice(0, -1), "the body")}`;
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  return "options" in issue ? (issue.options ?? []).map(String) : [];
}

function fieldOf(path: readonly PropertyKey[], whole: string): string {
  if (path.length === 0) return whole;
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}

function knownKeys(schema: z.ZodType): string {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return names.length === 0 ? "remove the field" : `the known fields are ${names.join(", ")}`;
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
