import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/**
 * A stand-in for fleet 1.0's API v1. It follows fleet's own documents (Documentation/api-v1.md, schema/v1.json) and its
 * daemons' observed answers, and shares nothing with our API.
 */
export interface FleetOne {
  readonly endpoint: string;
  /** `METHOD PATH?QUERY` of each request. */
  readonly requests: readonly string[];
}

export interface FleetOneUnit {
  readonly name: string;
  readonly options: readonly FleetOneOption[];
  readonly desiredState: string;
  /** Absent for a global unit, as in fleet. */
  readonly currentState?: string;
  readonly machineID?: string;
}

/** Go's encoder omits empty values. */
export interface FleetOneOption {
  readonly section: string;
  readonly name: string;
  readonly value?: string;
}

export interface FleetOneMachine {
  readonly id: string;
  readonly primaryIP: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** fleet's token_limit. */
const PAGE = 100;

export async function fleetOne(
  t: TestContext,
  units: readonly FleetOneUnit[],
  machines: readonly FleetOneMachine[],
): Promise<FleetOne> {
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "" } = request;
    requests.push(`${method} ${url}`);
    const { pathname, searchParams } = new URL(url, "http://fleet");
    const [, list = ""] = /^\/(?:fleet\/v1|v1-alpha)\/(units|machines)$/.exec(pathname) ?? [];
    if (list === "") return sendError(response, 404, "");
    if (method !== "GET") return sendError(response, 405, "only GET supported against this resource");
    const page = pageAsked(searchParams.getAll("nextPageToken"));
    if (page === undefined) return sendError(response, 400, "invalid value of nextPageToken query parameter");
    const all: readonly unknown[] = list === "units" ? units : machines;
    const items = all.slice((page - 1) * PAGE, page * PAGE);
    send(response, 200, {
      ...(items.length > 0 && { [list]: items }),
      ...(all.length > page * PAGE && { nextPageToken: tokenOf(page + 1) }),
    });
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** fleet's hash of a unit: the SHA-1 of its options in the format of go-systemd's unit package. */
export function fleetOneHash({ options }: FleetOneUnit): string {
  const sections = Map.groupBy(options, ({ section }) => section);
  const texts = [...sections].map(
    ([section, its]) => `[${section}]\n${its.map(({ name, value = "" }) => `${name}=${value}\n`).join("")}`,
  );
  return createHash("sha1").update(texts.join("\n")).digest("hex");
}

/** Limit and number of the page, each as two bytes, little-endian. */
function tokenOf(page: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(PAGE, 0);
  bytes.writeUInt16LE(page, 2);
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

function pageAsked(tokens: readonly string[]): number | undefined {
  if (tokens.length === 0) return 1;
  const bytes = Buffer.from(tokens[0] ?? "", "base64url");
  if (tokens.length > 1 || bytes.length < 4 || bytes.readUInt16LE(0) !== PAGE) return undefined;
  return bytes.readUInt16LE(2) || undefined;
}

function sendError(response: ServerResponse, code: number, message: string): void {
  send(response, code, { error: { code, message } });
}

function send(response: ServerResponse, code: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(code, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
