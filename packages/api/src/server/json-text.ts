import { type ParseErrorCode, printParseErrorCode, visit } from "jsonc-parser";
import { messageOf, type Turns } from "@flotilla/runtime";
import { limits } from "../contract/limits.ts";
import { RequestError } from "./request-error.ts";

/** In a longer text the place of a mistake is not looked for: it takes 100 ms a megabyte. Characters. */
const MOST_SEARCHED = 64 * 1024;

/** A name __proto__, in whatever spelling: of other texts, no value is looked at. */
const PROTO = /__proto__|\\u005f/i;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads `bytes` as JSON. How deep and how many the values are is looked at first: to build them takes long, and code that
 * walks through what is built would run out of stack. Each of the steps is a turn of its own, as each may take 10 ms.
 * @throws RequestError naming line and column where it stops being JSON, or the bound that it is beyond.
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
    throw new RequestError("bad-json", `The body is no JSON: ${placeOf(text) ?? messageOf(error)}.`);
  }
}

/** Schemas pass such a field over without a word, and an assignment to it means something else. */
function refuseProto(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, "__proto__"))
    throw new RequestError(
      "bad-request",
      "The body has a name __proto__, which nothing here can have; choose another.",
    );
  // No deeper than requireSmall lets through.
  for (const part of Object.values(value)) refuseProto(part);
}

/** Goes by brackets and commas alone, in time that grows with the bytes; whether they are JSON is seen later. */
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
    `The body nests arrays and objects more than ${limits.jsonDepth} deep; no route takes that. Send fewer levels.`,
  );
}

function tooMany(what: string, most: number): RequestError {
  return new RequestError("bad-request", `The body has more than ${most} ${what}. Send it in parts.`);
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
