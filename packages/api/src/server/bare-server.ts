import { METHODS } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type Logger, messageOf } from "@flotilla/runtime";
import { limits } from "../contract/limits.ts";
import { sendError } from "./answer.ts";
import { RequestError, requestErrorFor } from "./request-error.ts";

/**
 * A server that answers every error in the API's form, and leaves bodies, listening and logging to us. It knows every
 * method that Node's parser knows, so that none of them is a fault of ours.
 */
export function bareServer(log: Logger): FastifyInstance {
  const app = fastify({
    // A unit's name has up to 256 characters, each of which a client may percent-encode.
    routerOptions: { maxParamLength: limits.pathPartCharacters },
    // Bodies and answers are checked and written by our own schemas: fastify's compilers need not be loaded.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, _request, reply) => answerError(reply, error, log),
  });
  // A route that takes a body reads it itself (request-body.ts), by its own limit; nobody else's is read.
  for (const method of METHODS) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  app.addHook("onRequest", async ({ url }) => {
    // A name that is empty would be looked for; fleet has nothing there either.
    const path = pathOf(url);
    if (path !== "/" && path.endsWith("/"))
      throw new RequestError("route-not-found", `There is nothing at ${path}; leave out the slash at its end.`);
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
