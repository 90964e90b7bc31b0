import { METHODS } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type Logger, messageOf } from "@flotilla/runtime";
import { limits } from "../contract/limits.ts";
import { sendError } from "./answer.ts";
import { RequestError, requestErrorFor } from "./request-error.ts";

/**
 * A fastify server that answers every error in the API's form, without fastify's handling of bodies, sockets and logs.
 * The server knows every method that Node's parser accepts, because fastify answers an unknown method with an internal
 * error.
 */
export function bareServer(log: Logger): FastifyInstance {
  const app = fastify({
    // A unit's name has up to 256 characters, each of which a client may percent-encode.
    routerOptions: { maxParamLength: limits.pathPartCharacters },
    // The contract's schemas check bodies, so fastify's compilers need not be loaded.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, _request, reply) => answerError(reply, error, log),
  });
  // Handlers read bodies by the limits of their routes (request-body.ts). Other bodies are not read.
  for (const method of METHODS) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  app.addHook("onRequest", async ({ url }) => {
    // Otherwise the router would match an empty name. fleet answers 404, too.
    const path = pathOf(url);
    if (path !== "/" && path.endsWith("/"))
      throw new RequestError("route-not-found", `no route ${path}; remove the slash at the end`);
  });
  app.setErrorHandler((error, _request, reply) => answerError(reply, error, log));
  app.setNotFoundHandler(async (request) => {
    throw new RequestError(
      "route-not-found",
      `no route ${pathOf(request.url)}; see GET /fleet/v2/openapi.json for all routes`,
    );
  });
  return app;
}

function noCompiler(): never {
  throw new Error("a route has a fastify schema");
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function answerError(reply: FastifyReply, error: unknown, log: Logger): void {
  const known = requestErrorFor(error);
  if (!known)
    log.error("a request failed", { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
  sendError(
    reply,
    known ??
      new RequestError(
        "internal",
        "internal error of the daemon; see the journal of fleet.service, and report the error",
      ),
  );
}
