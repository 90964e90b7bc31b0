import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { errorStatus } from "../contract/error-ids.ts";
import { REVISION_HEADER } from "../contract/v2/endpoints.ts";
import { errorAnswerOf, type RequestError } from "./request-error.ts";

/** What a handler has to say. */
export type Outcome =
  | { readonly status: 200 | 201; readonly json: unknown; readonly revision?: number }
  | { readonly status: 200; readonly text: string; readonly revision?: number }
  | { readonly status: 201 | 204; readonly revision?: number }
  | { readonly status: "streaming" };

/** Seconds after which a client may try again what could not be served just now. */
const RETRY_AFTER_S = 1;

export function sendOutcome(reply: FastifyReply, outcome: Outcome): void {
  if (outcome.status === "streaming") return;
  if (outcome.revision !== undefined) reply.header(REVISION_HEADER, outcome.revision);
  reply.code(outcome.status);
  if ("json" in outcome) sendBytes(reply, "application/json", JSON.stringify(outcome.json));
  else if ("text" in outcome) sendBytes(reply, "text/plain; charset=utf-8", outcome.text);
  else reply.header("content-type", "application/json").send();
}

export function sendError(reply: FastifyReply, error: RequestError): void {
  const status = errorStatus[error.code];
  reply.headers(retryHeader(status));
  reply.code(status);
  sendBytes(reply, "application/json", JSON.stringify(errorAnswerOf(error)));
}

/** Answers a request that has not come to the API, and closes its connection. */
export function sendBareError(response: ServerResponse, error: RequestError): void {
  const status = errorStatus[error.code];
  response.writeHead(status, { "content-type": "application/json", connection: "close", ...retryHeader(status) });
  response.end(JSON.stringify(errorAnswerOf(error)));
}

function retryHeader(status: number): Readonly<Record<string, number>> {
  return status === 503 ? { "retry-after": RETRY_AFTER_S } : {};
}

/** As bytes, because to text fastify adds a charset, and clients of fleet compare the type as a whole. */
function sendBytes(reply: FastifyReply, type: string, text: string): void {
  reply.header("content-type", type).send(Buffer.from(text));
}
