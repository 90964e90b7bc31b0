import type { FastifyReply } from "fastify";

/** One for all: hardly anybody sees it, and a new one takes a stack each time. */
const CLIENT_GONE = new Error("the client has gone");

/** Aborts when the connection of the request closes, and once it has been answered: nobody waits any more. */
export function untilClientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(CLIENT_GONE));
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
  const leave = (): void => gone.abort(CLIENT_GONE);
  if (socket.readableEnded) leave();
  else socket.once("end", leave);
  reply.raw.once("close", () => {
    socket.off("end", leave);
    leave();
  });
  return gone.signal;
}
