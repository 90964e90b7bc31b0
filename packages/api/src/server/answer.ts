import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { Turns } from "@flotilla/runtime";
import { errorStatus } from "../contract/error-ids.ts";
import { REVISION_HEADER } from "../contract/v2/endpoints.ts";
import { chunksOf, isFull, type LongList } from "./long-list.ts";
import { errorAnswerOf, type RequestError } from "./request-error.ts";

/** The answer of a handler. */
export type Outcome =
  /** `location`: the path of what was created, if it is not the request's path (RFC 9110, 10.2.2). */
  | { readonly status: 200 | 201; readonly json: unknown; readonly revision?: number; readonly location?: string }
  | { readonly status: 200; readonly list: LongList; readonly revision?: number }
  | { readonly status: 200; readonly text: string; readonly revision?: number }
  | { readonly status: 201 | 204; readonly revision?: number }
  | { readonly status: "streaming" };

/** Seconds after which a client may repeat a request that got 503. */
const RETRY_AFTER_S = 1;

/**
 * How long a client may read nothing of its answer before the connection is closed, milliseconds. The limit exists
 * because the daemon keeps the unsent part in memory. Watch streams have their own limit.
 */
const STALL_MS = 30_000;

export async function sendOutcome(reply: FastifyReply, outcome: Outcome, turns: Turns): Promise<void> {
  if (outcome.status === "streaming") return;
  if (outcome.revision !== undefined) reply.header(REVISION_HEADER, outcome.revision);
  if ("location" in outcome && outcome.location !== undefined) reply.header("location", outcome.location);
  reply.code(outcome.status);
  if ("list" in outcome) await sendList(reply, outcome.list, turns);
  else if ("json" in outcome) sendBytes(reply, "application/json", Buffer.from(JSON.stringify(outcome.json)));
  else if ("text" in outcome) sendBytes(reply, "text/plain; charset=utf-8", Buffer.from(outcome.text));
  else reply.header("content-type", "application/json").send();
}

/** Sends a short list at once. A long list is written in turns, no faster than the client reads. */
async function sendList(reply: FastifyReply, list: LongList, turns: Turns): Promise<void> {
  const chunks = chunksOf(list);
  const next = (): Promise<Buffer | undefined> => turns.run(() => chunks.next().value ?? undefined);
  const first = (await next()) ?? Buffer.of();
  if (!isFull(first)) return sendBytes(reply, "application/json", first);
  const all = async function* (): AsyncGenerator<Buffer, void> {
    for (let chunk: Buffer | undefined = first; chunk; chunk = await next()) yield chunk;
  };
  sendBytes(reply, "application/json", Readable.from(all(), { objectMode: false }));
}

export function sendError(reply: FastifyReply, error: RequestError): void {
  const status = errorStatus[error.code];
  reply.headers(retryHeader(status));
  reply.code(status);
  sendBytes(reply, "application/json", Buffer.from(JSON.stringify(errorAnswerOf(error))));
}

/** Answers a request before it reaches the API, and closes its connection. */
export function sendBareError(response: ServerResponse, error: RequestError): void {
  const status = errorStatus[error.code];
  response.writeHead(status, { "content-type": "application/json", connection: "close", ...retryHeader(status) });
  response.end(JSON.stringify(errorAnswerOf(error)));
}

function retryHeader(status: number): Readonly<Record<string, number>> {
  return status === 503 ? { "retry-after": RETRY_AFTER_S } : {};
}

/** Sends bytes. fastify adds a charset to the type of text, and fleet's clients compare the whole type. */
function sendBytes(reply: FastifyReply, type: string, bytes: Buffer | Readable): void {
  reply.raw.setTimeout(STALL_MS, () => reply.raw.destroy());
  reply.header("content-type", type).send(bytes);
}
