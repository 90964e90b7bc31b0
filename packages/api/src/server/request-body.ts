import type { FastifyRequest } from "fastify";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { messageOf } from "@flotilla/runtime";
import { RequestError } from "./request-error.ts";

/** @throws RequestError unless the request says, once, that its body is JSON; a charset and the like may follow. */
export function requireJsonType(request: FastifyRequest): void {
  const types = request.raw.headersDistinct["content-type"] ?? [];
  const [only] = types;
  if (types.length === 1 && only?.split(";", 1)[0]?.trim().toLowerCase() === "application/json") return;
  const said = only === undefined ? "no Content-Type" : `Content-Type ${types.join(", ")}`;
  throw new RequestError(
    "unsupported-media-type",
    `The body must be JSON, but the request has ${said}; send it with Content-Type: application/json.`,
  );
}

/** @throws RequestError naming line and column where the body stops being JSON. */
export function jsonBody(request: FastifyRequest): unknown {
  const text = utf8Of(request.body instanceof Uint8Array ? request.body : new Uint8Array());
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError("bad-json", `The body is no JSON: ${placeOf(text) ?? messageOf(error)}.`);
  }
}

function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RequestError("bad-json", "The body is not UTF-8, which JSON has to be (RFC 8259); encode it so.");
  }
}

/** JSON.parse does not always say where it stopped; a parser that goes on after errors does. */
function placeOf(text: string): string | undefined {
  if (text.trim() === "") return "it is empty";
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (!first) return undefined;
  const lines = text.slice(0, first.offset).split("\n");
  const problem = printParseErrorCode(first.error)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toLowerCase();
  return `${problem} at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
