import type { FastifyReply } from "fastify";

/** Aborts when the connection of the request closes, and once it has been answered: nobody waits any more. */
export function untilClientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(goneReason()));
  return gone.signal;
}

/**
 * The same for an answer without an end. A client that has closed its own side may have said all that it has to say
 * and wait for its answer (`printf … | nc -N`); but of a reader that was killed no more than that is seen until
 * something is written to it, which on a quiet journal may be never.
 */
export function untilReaderGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const { socket } = reply.request.raw;
  const leave = (): void => gone.abort(goneReason());
  if (socket.readableEnded) leave();
  else socket.once("end", leave);
  reply.raw.once("close", () => {
    socket.off("end", leave);
    leave();
  });
  return gone.signal;
}

function goneReason(): Error {
  return new Error("the client has gone");
}
