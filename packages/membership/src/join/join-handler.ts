import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { isOutage, logFailure, type Logger, peerAddress } from "@flotilla/runtime";
import * as z from "zod";
import { CertificateError } from "../certificates/certificate-maker.ts";
import { AUTHORITY_PATH, type JoinRequest, MACHINES_PATH } from "./join-messages.ts";
import type { JoinService } from "./join-service.ts";
import { JoinRefusedError } from "./refusal.ts";

/** The longest body of a request to join, bytes. A real one has 1 KiB. */
export const MOST_JOIN_BYTES = 8 * 1024;

const joinRequest = z.object({
  token: z.string(),
  machineID: z.string(),
  request: z.string(),
  bootID: z.string().default(""),
});

/**
 * Answers `/join/v1/…`: hosts without a certificate ask here. Every answer ends the connection, so that a stranger
 * cannot keep one.
 */
export function joinHandler(service: JoinService, log: Logger): RequestListener {
  return (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the client is gone")));
    void answerTo(service, request, gone.signal)
      .catch((error: unknown) => refusalFor(error, log, gone.signal))
      .then((answer) => send(response, answer));
  };
}

interface Answer {
  readonly status: number;
  readonly type: "application/json" | "application/x-pem-file";
  readonly text: string;
}

async function answerTo(service: JoinService, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const [path] = (request.url ?? "").split("?", 1);
  if (path === AUTHORITY_PATH && request.method === "GET")
    return { status: 200, type: "application/x-pem-file", text: await service.authority(signal) };
  if (path !== MACHINES_PATH || request.method !== "POST")
    return json(404, { reason: `there is only GET ${AUTHORITY_PATH} and POST ${MACHINES_PATH}` });
  const body = requestIn(await bodyOf(request));
  return json(200, await service.join(body, peerAddress(request.socket), signal));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_JOIN_BYTES) throw new JoinRefusedError(400, `the body exceeds ${MOST_JOIN_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function requestIn(text: string): JoinRequest {
  try {
    return joinRequest.parse(JSON.parse(text));
  } catch {
    throw new JoinRefusedError(400, "the body is not JSON with token, machineID and request");
  }
}

function refusalFor(error: unknown, log: Logger, gone: AbortSignal): Answer {
  if (error instanceof JoinRefusedError) return json(error.status, { reason: error.message });
  if (gone.aborted) return json(503, { reason: "the client is gone" });
  if (isOutage(error)) return json(503, { reason: `${(error as Error).message}; try again` });
  logFailure(log, "cannot answer a host that wants to join", error);
  const reason = error instanceof CertificateError ? error.message : "internal error; see the journal of the server";
  return json(503, { reason });
}

function json(status: number, value: object): Answer {
  return { status, type: "application/json", text: JSON.stringify(value) };
}

function send(response: ServerResponse, { status, type, text }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text), connection: "close" });
  response.end(text);
}
