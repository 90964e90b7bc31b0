import { type ParseErrorCode, printParseErrorCode, visit } from "jsonc-parser";
import { messageOf } from "@flotilla/runtime";
import { limits } from "../contract/limits.ts";
import { RequestError } from "./request-error.ts";

/** In a longer text the place of a mistake is not looked for: it takes 100 ms a megabyte. Characters. */
const MOST_SEARCHED = 64 * 1024;

/** A name __proto__, in whatever spelling: all else is parsed without a look at each value. */
const PROTO = /__proto__|\\u005f/i;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * What `bytes` say in JSON. How deep and how many its values are is looked at first: to build them takes long, and
 * whatever walks through what is built would run out of stack.
 * @throws RequestError naming line and column where it stops being JSON, or the bound that it is beyond.
 */
export function parseJson(bytes: Uint8Array): unknown {
  requireSmall(bytes);
  const text = utf8Of(bytes);
  try {
    return PROTO.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError("bad-json", `The body is no JSON: ${placeOf(text) ?? messageOf(error)}.`);
  }
}

/** Schemas pass such a field over without a word, and an assignment to it means something else. */
function withoutProto(key: string, value: unknown): unknown {
  if (key !== "__proto__") return value;
  throw new RequestError("bad-request", "The body has a name __proto__, which nothing here can have; choose another.");
}

/** Goes by brackets and commas alone, in time that grows with the bytes; whether they are JSON is seen later. */
function requireSmall(bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT || byte === COMMA || byte === COLON) {
      if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
      values += 1;
      if (depth > limits.jsonDepth) throw tooDeep();
      if (values > limits.jsonValues) throw tooMany();
    }
  }
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function tooDeep(): RequestError {
  return new RequestError(
    "bad-request",
    `The body nests arrays and objects more than ${limits.jsonDepth} deep; no route takes that. Send fewer levels.`,
  );
}

function tooMany(): RequestError {
  return new RequestError(
    "bad-request",
    `The body holds more than ${limits.jsonValues} names and values. Send it in parts.`,
  );
}

function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RequestError("bad-json", "The body is not UTF-8, which JSON has to be (RFC 8259); encode it so.");
  }
}

/** JSON.parse does not always say where it stopped; this parser does. */
function placeOf(text: string): string | undefined {
  if (text.length > MOST_SEARCHED) return undefined;
  if (text.trim() === "") return "it is empty";
  let place: string | undefined;
  visit(
    text,
    { onError: (error, offset) => (place ??= placeAt(text, offset, error)) },
    { disallowComments: true, allowTrailingComma: false },
  );
  return place;
}

function placeAt(text: string, offset: number, error: ParseErrorCode): string {
  const lines = text.slice(0, offset).split("\n");
  const problem = printParseErrorCode(error)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toLowerCase();
  return `${problem} at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
