import type { FastifyReply } from "fastify";

/** Aborts when the connection of the request closes, and once it has been answered: nobody waits any more. */
export function untilClientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(new Error("the client has gone")));
  return gone.signal;
}
