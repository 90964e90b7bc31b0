import { createConnection } from "node:net";

/** A request as bytes, so that it may contain what HTTP libraries refuse to send. */
export interface RawRequest {
  readonly method: string;
  /** The target in the request line, exactly as sent. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

export interface RawAnswer {
  /** 0 if the connection ended without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The content type of a watch. Its answer never ends, so it counts as complete once its head has arrived. */
const STREAM = "application/x-ndjson";

/** In how many chunks the head arrives at most: 100 Continue may come in one of its own. */
const HEAD_CHUNKS = 2;

/** The limit for an answer, in milliseconds. It is long because a busy machine is slow. */
const LIMIT_MS = 15_000;

/**
 * Sends one request over a new connection.
 * @throws Error if there is no answer in time.
 */
export async function sendRaw(socketPath: string, request: RawRequest): Promise<RawAnswer> {
  const socket = createConnection(socketPath);
  const chunks: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  const timer = setTimeout(() => ended.reject(new Error(`no complete answer within ${LIMIT_MS} ms`)), LIMIT_MS);
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (chunks.length <= HEAD_CHUNKS && headOf(Buffer.concat(chunks)).includes(STREAM)) ended.resolve();
  });
  socket.on("close", () => ended.resolve());
  // A server that refuses a body early resets the connection. The bytes that it sent before count as the answer.
  socket.on("error", () => ended.resolve());
  socket.write(bytesOf(request));
  try {
    await ended.promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  return parse(Buffer.concat(chunks));
}

/** Only the head counts: the API's own document names the type of a watch, too. */
function headOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.subarray(0, end);
  return isInterim(head) ? headOf(bytes.subarray(end + 4)) : head;
}

/** 100 Continue is not the final answer (RFC 9110, section 15.2). */
function isInterim(head: Buffer): boolean {
  return head.toString("latin1", 0, 12).startsWith("HTTP/1.1 1");
}

function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: fuzz", "Connection: close"];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body ?? Buffer.alloc(0)]);
}

function parse(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return { status: 0, headers: new Map(), body: "" };
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(first.split(" ")[1]);
  const rest = bytes.subarray(end + 4);
  if (status < 200) return parse(rest);
  const body = headers.get("transfer-encoding") === "chunked" ? unchunked(rest) : rest;
  return { status, headers, body: body.toString() };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? 0 : Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (!(size > 0)) break;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
