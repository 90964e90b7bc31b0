import type { FastifyReply } from "fastify";

/** The abort reason, shared because a new error records a stack each time. */
const CLIENT_GONE = new Error("the client closed the connection");

/** Returns a signal that aborts when the request's connection closes or the answer is complete. */
export function untilClientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(CLIENT_GONE));
  return gone.signal;
}

/**
 * Returns a signal for an endless answer, which also aborts when the client closes its side of the connection. A client
 * that closes its side may still wait for a finite answer (`printf … | nc -N`). For an endless answer, the close may be
 * the only sign that the reader was killed, because a failed write would be the other one, and a quiet journal causes
 * no write.
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
