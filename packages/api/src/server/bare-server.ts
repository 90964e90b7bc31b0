import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type Logger, messageOf } from "@flotilla/runtime";
import { sendError } from "./answer.ts";
import { RequestError, requestErrorFor } from "./request-error.ts";

/** A client that is silent for so long in the midst of a request has gone. Milliseconds. */
const BODY_SILENCE_MS = 30_000;

/**
 * A server that hands bodies through as bytes, answers every error in the API's form, and leaves listening and
 * logging to us.
 * @param bodyLimit bytes.
 */
export function bareServer(bodyLimit: number, log: Logger): FastifyInstance {
  const app = fastify({
    bodyLimit,
    // A unit's name has up to 256 characters, each of which a client may percent-encode.
    routerOptions: { maxParamLength: 1024 },
    // Bodies and answers are checked and written by our own schemas: fastify's compilers need not be loaded.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, _request, reply) => answerError(reply, error, log),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", async ({ url }) => {
    // A name that is empty would be looked for; fleet has nothing there either.
    const path = pathOf(url);
    if (path !== "/" && path.endsWith("/"))
      throw new RequestError("route-not-found", `There is nothing at ${path}; leave out the slash at its end.`);
  });
  app.addHook("onRequest", async ({ raw }) => {
    // Streams may be silent for long, but nobody needs long to send a body.
    if (raw.method !== "GET") raw.setTimeout(BODY_SILENCE_MS, () => raw.destroy());
  });
  app.addHook("preHandler", async ({ raw }) => {
    // The body is here; how long the answer takes is another matter.
    raw.setTimeout(0);
  });
  app.setErrorHandler((error, _request, reply) => answerError(reply, error, log));
  app.setNotFoundHandler(async (request) => {
    throw new RequestError(
      "route-not-found",
      `There is nothing at ${pathOf(request.url)}; GET /fleet/v2/openapi.json describes what there is.`,
    );
  });
  return app;
}

function noCompiler(): never {
  throw new Error("No route of ours has a schema of fastify's.");
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function answerError(reply: FastifyReply, error: unknown, log: Logger): void {
  const known = requestErrorFor(error);
  if (!known)
    log.error("a request failed", { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
  sendError(reply, known ?? new RequestError("internal", "The request failed inside the daemon; its log says why."));
}
