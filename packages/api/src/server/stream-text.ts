import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyReply } from "fastify";

export interface StreamedText {
  readonly text: Readable;
  /** Default plain text. */
  readonly type?: string;
  /** Aborts when the reader has disconnected or the daemon stops, which ends the answer. */
  readonly signal: AbortSignal;
  /** Called with an error of `text` while the answer is open. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Streams text as the answer. The head is sent at once, so a later error can only close the connection.
 */
export async function streamText(reply: FastifyReply, { text, type, signal, onFailure }: StreamedText): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": type ?? "text/plain; charset=utf-8" });
  // Without this, the reader of a quiet unit would wait for the head.
  reply.raw.flushHeaders();
  // Must run before the pipeline closes the answer, which aborts `signal`.
  text.once("error", (error) => {
    if (!signal.aborted) onFailure(error);
  });
  await pipeline(text, reply.raw, { signal }).catch(() => {});
}
