import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { SERVER_NAME, type ServerAddress } from "@flotilla/runtime";

export interface ServerRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  /** The authority that must have signed the server's certificate, PEM; undefined to trust nobody. */
  readonly ca: string | undefined;
  readonly limitMs: number;
}

export interface ServerAnswer {
  readonly status: number;
  readonly text: string;
}

/** The longest answer of a server, bytes. */
const MOST_ANSWER_BYTES = 256 * 1024;

/**
 * Sends one request to a server on a connection of its own. With `ca`, nothing is sent before the certificate is
 * verified: it must be signed by that authority and have the name of all servers.
 * @throws the errors of node:https and node:tls; the signal's reason.
 */
export async function askServer(
  { host, port }: ServerAddress,
  { method, path, body, ca, limitMs }: ServerRequest,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const trust: ConnectionOptions = ca === undefined ? { rejectUnauthorized: false } : { ca, rejectUnauthorized: true };
  const limit = AbortSignal.timeout(limitMs);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpsRequest({
      host,
      port,
      method,
      path,
      agent: false,
      servername: SERVER_NAME,
      minVersion: "TLSv1.3",
      ...trust,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      signal: AbortSignal.any([signal, limit]),
    });
    request.once("response", resolve);
    request.once("error", (error) => reject(limit.aborted ? new Error(`no answer within ${limitMs / 1000} s`) : error));
    request.end(body);
  });
  return { status: answer.statusCode ?? 0, text: await textOf(answer) };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) throw new Error(`the answer is longer than ${MOST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
