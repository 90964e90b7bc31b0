import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyReply } from "fastify";

export interface StreamedText {
  readonly text: Readable;
  /** Ends the answer: its reader has left, or the daemon is stopping. */
  readonly signal: AbortSignal;
  /** Told what `text` fails with while somebody reads it. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Answers with text for as long as it comes. Once this is called, the answer has begun: what goes wrong later
 * can only break it off.
 */
export async function streamText(reply: FastifyReply, { text, signal, onFailure }: StreamedText): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  // A unit that logs nothing must not keep its reader waiting for the head.
  reply.raw.flushHeaders();
  // Asked before the pipeline closes the answer, which looks as if the reader had left.
  text.once("error", (error) => {
    if (!signal.aborted) onFailure(error);
  });
  await pipeline(text, reply.raw, { signal }).catch(() => {});
}
