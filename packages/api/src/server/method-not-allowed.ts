import type { FastifyInstance } from "fastify";
import { sendError } from "./answer.ts";
import { RequestError } from "./request-error.ts";

/** Paths without methods, for which fleet also answers 405. */
const EMPTY_PATHS = ["/", "/fleet/v1", "/v1-alpha", "/fleet/v2"];

/** Answers 405 with the allowed methods if a path does not support a method. Must be called before routes are added. */
export function refuseOtherMethods(app: FastifyInstance): { complete(): void } {
  const allowed = new Map<string, Set<string>>(EMPTY_PATHS.map((path) => [path, new Set()]));
  app.addHook("onRoute", ({ url, method }) => {
    const methods = allowed.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    allowed.set(url, methods);
  });
  return {
    complete: () => {
      for (const [url, methods] of [...allowed]) refuseRest(app, url, [...methods]);
    },
  };
}

function refuseRest(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  const rest = app.supportedMethods.filter((method) => !allowed.includes(method));
  const allow = allowed.toSorted().join(", ");
  app.route({
    method: rest,
    url,
    config: { access: { needs: [] } },
    handler: async (request, reply) => {
      const path = request.url.split("?", 1)[0] ?? "";
      const advice = allow === "" ? "the path has no methods; use a path below it" : `use ${allow}`;
      reply.header("allow", allow);
      sendError(reply, new RequestError("method-not-allowed", `cannot use ${request.method} on ${path}; ${advice}`));
      return reply;
    },
  });
}
