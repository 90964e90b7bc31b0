import type { Random } from "../../simulation/random.ts";
import { drawValue } from "./draw-value.ts";
import { hostileText, NAMES } from "./hostile-values.ts";
import type { Operation } from "./operations.ts";
import type { RawRequest } from "./raw-request.ts";

export interface DrawnRequest extends RawRequest {
  /** The operation that the request line names; undefined if the request line names no documented operation. */
  readonly operation: Operation | undefined;
}

const METHODS = [
  "GET",
  "HEAD",
  "PUT",
  "POST",
  "DELETE",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "LOCK",
  "QUERY",
  "BREW",
  "get",
];

/** The shares of hostile parts to draw from: none, a few, many. */
const MALICE = [0, 0, 0.05, 0.05, 0.2, 0.6];

const TYPES = [
  ...["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "", "application/json, x"],
  ...["APPLICATION/JSON", "multipart/form-data; boundary=x"],
];

/** Draws one request to one of `operations`, with a random share of hostile parts. */
export function drawRequest(random: Random, operations: readonly Operation[]): DrawnRequest {
  const operation = random.pick(operations);
  const malice = random.pick(MALICE);
  const isTwisted = random.chance(malice / 4);
  const method = random.chance(malice / 2) ? random.pick(METHODS) : operation.method;
  const target = isTwisted
    ? twistedTarget(random, operation)
    : pathOf(random, operation) + queryOf(random, operation, malice);
  const body = bodyOf(random, operation, malice);
  const isAsDocumented = !isTwisted && method === operation.method;
  return {
    method,
    target,
    headers: headersOf(random, body, malice),
    body,
    operation: isAsDocumented ? operation : undefined,
  };
}

function pathOf(random: Random, { path }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segmentOf(random, name));
}

function segmentOf(random: Random, name: string): string {
  if (random.chance(0.25)) return encodeURIComponent(hostileText(random).toWellFormed());
  return name === "id" ? "a".repeat(32) : encodeURIComponent(random.pick(NAMES));
}

function queryOf(random: Random, { query, schemas }: Operation, malice: number): string {
  const parts = Object.entries(query)
    .filter(([name]) => name !== "follow" && random.chance(0.4))
    .map(([name, schema]) => {
      const value = drawValue({ random, schemas, malice }, schema, name);
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `${name}=${encodeURIComponent(text.toWellFormed())}`;
    });
  if (random.chance(malice / 2)) parts.push(`${encodeURIComponent(hostileText(random).toWellFormed())}=1`);
  if (random.chance(malice / 4) && parts[0] !== undefined) parts.push(parts[0]);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

function bodyOf(random: Random, { body, schemas }: Operation, malice: number): Buffer | undefined {
  if (!body) return random.chance(malice / 4) ? Buffer.from(hostileText(random)) : undefined;
  const text = JSON.stringify(drawValue({ random, schemas, malice: malice / 2 }, body));
  if (!random.chance(malice / 2)) return Buffer.from(text);
  const bytes = Buffer.from(text);
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1:
      return Buffer.concat([bytes, bytes]);
    case 2:
      bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    case 3:
      return Buffer.from(deep(random.between(10, 200_000)));
    case 4:
      return Buffer.from(JSON.stringify({ file: "x".repeat(random.between(1_000, 1_200_000)) }));
    default:
      return Buffer.from(hostileText(random));
  }
}

/** Returns deeply nested arrays or objects. */
function deep(levels: number): string {
  return levels % 2 === 0 ? "[".repeat(levels) + "]".repeat(levels) : `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

function headersOf(random: Random, body: Buffer | undefined, malice: number): [string, string][] {
  const headers: [string, string][] = [];
  if (body !== undefined) headers.push(["Content-Length", String(body.length)]);
  if (body !== undefined || random.chance(malice))
    headers.push(["Content-Type", random.chance(malice / 3) ? random.pick(TYPES) : "application/json"]);
  if (random.chance(malice / 4)) headers.push(["Content-Type", random.pick(TYPES)]);
  if (random.chance(malice / 4)) headers.push(["X-Long", "x".repeat(random.between(1, 10_000))]);
  if (random.chance(malice / 6)) headers.push(["Expect", "100-continue"]);
  if (random.chance(malice / 6)) headers.push(["Accept-Encoding", "gzip"]);
  return headers;
}

/**
 * Returns a target that no document names: with an additional or a missing segment, an unencoded path, or bytes that
 * are not a URL.
 */
function twistedTarget(random: Random, operation: Operation): string {
  const path = pathOf(random, operation);
  const bytes = hostileText(random).replaceAll(/[^!-~]/g, "%");
  switch (random.below(5)) {
    case 0:
      return `${path}/${bytes}`;
    case 1:
      return path.slice(0, random.below(path.length) + 1);
    case 2:
      return path.replace("/fleet", `/${bytes}`);
    case 3:
      return `//${bytes}`;
    default:
      return `/${bytes}`;
  }
}
