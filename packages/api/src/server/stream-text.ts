import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyReply } from "fastify";

/**
 * Answers with text for as long as it comes. Once this is called, the answer has begun: what goes wrong later
 * can only break it off.
 * @throws what `text` fails with, or the reason of `signal`.
 */
export async function streamText(reply: FastifyReply, text: Readable, signal: AbortSignal): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  // A unit that logs nothing must not keep its reader waiting for the head.
  reply.raw.flushHeaders();
  await pipeline(text, reply.raw, { signal });
}
