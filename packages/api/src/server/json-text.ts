import { type ParseErrorCode, printParseErrorCode, visit } from "jsonc-parser";
import { messageOf, type Turns } from "@flotilla/runtime";
import { limits } from "../contract/limits.ts";
import { RequestError } from "./request-error.ts";

/** The most characters of a text in which the place of an error is searched, at 100 ms a megabyte. */
const MOST_SEARCHED = 64 * 1024;

/** Matches every text that may have a name __proto__ in any spelling; other texts are not searched for one. */
const PROTO = /__proto__|\\u005f/i;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Parses JSON. Depth and number of values are checked before parsing, because many values take long to build, and
 * recursion into deep values would overflow the stack. Each step is a separate turn, because each may take 10 ms.
 * @throws RequestError naming the line and column of a syntax error, or the exceeded limit.
 */
export async function parseJson(bytes: Uint8Array, turns: Turns): Promise<unknown> {
  await turns.run(() => requireSmall(bytes));
  const text = await turns.run(() => utf8Of(bytes));
  const mayHaveProto = await turns.run(() => PROTO.test(text));
  const value = await turns.run(() => valueOf(text));
  if (mayHaveProto) await turns.run(() => refuseProto(value));
  return value;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RequestError("bad-json", `cannot parse the body as JSON: ${placeOf(text) ?? messageOf(error)}`);
  }
}

/** Refuses a field __proto__, which schemas ignore and whose assignment sets an object's prototype. */
function refuseProto(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, "__proto__"))
    throw new RequestError("bad-request", "the body has a name __proto__, which no route accepts; choose another name");
  // requireSmall limits the depth of this recursion.
  for (const part of Object.values(value)) refuseProto(part);
}

/** Counts brackets, commas and colons in linear time, without checking the syntax. */
function requireSmall(bytes: Uint8Array): void {
  const names = [0];
  let values = 0;
  let bare = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      continue;
    }
    bare += 1;
    if (bare > limits.jsonBareBytes) throw tooMany("bytes outside of quotes", limits.jsonBareBytes);
    if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      if (names.length > 1) names.pop();
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT || byte === COMMA || byte === COLON) {
      if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) names.push(0);
      const ofObject = (names.at(-1) ?? 0) + (byte === COLON ? 1 : 0);
      names[names.length - 1] = ofObject;
      values += 1;
      if (names.length > limits.jsonDepth + 1) throw tooDeep();
      if (ofObject > limits.jsonNames) throw tooMany("names in one object", limits.jsonNames);
      if (values > limits.jsonValues) throw tooMany("names and values", limits.jsonValues);
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
    `the body nests arrays and objects more than ${limits.jsonDepth} deep; send fewer levels`,
  );
}

function tooMany(what: string, most: number): RequestError {
  return new RequestError("bad-request", `the body has more than ${most} ${what}; split the request`);
}

function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RequestError(
      "bad-json",
      "the body is not UTF-8, which JSON requires (RFC 8259); encode the body in UTF-8",
    );
  }
}

/** Returns the error with its line and column, which JSON.parse does not always report. */
function placeOf(text: string): string | undefined {
  if (text.length > MOST_SEARCHED) return undefined;
  if (text.trim() === "") return "the body is empty";
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
