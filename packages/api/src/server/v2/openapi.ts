import {
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type ResponseConfig,
  type RouteConfig,
} from "@asteasolutions/zod-to-openapi";
import * as z from "zod";
import { errorStatus, type ErrorId } from "../../contract/error-ids.ts";
import { REVISION_HEADER, V2_BASE } from "../../contract/v2/endpoints.ts";
import { errorAnswer } from "../../contract/v2/error.ts";
import type { Answer, Route } from "../../contract/v2/route.ts";
import { commonErrors, v2Routes } from "../../contract/v2/routes.ts";

/** Makes the OpenAPI 3.1 document of v2 from the schemas with which the server checks requests. */
export function openApiDocument(version: string) {
  const registry = new OpenAPIRegistry();
  for (const [operationId, route] of Object.entries<Route>(v2Routes)) registry.registerPath(pathOf(operationId, route));
  registry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description:
      "A token, on listeners that ask for one. A unix socket asks for none, and a client certificate replaces it.",
  });
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: {
      title: "Flotilla API",
      version,
      description: "Units, machines and their states in a whole cluster. Every daemon serves the whole cluster.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: V2_BASE }],
    security: [{ token: [] }, {}],
  });
}

function pathOf(operationId: string, route: Route): RouteConfig {
  return {
    operationId,
    method: methodOf(route),
    path: route.path,
    summary: route.summary,
    description: rightsOf(route),
    ...(route.isPublic && { security: [] }),
    request: {
      params: route.params,
      query: route.query,
      ...(!(route.body instanceof z.ZodUndefined) && {
        body: { required: true, content: { "application/json": { schema: route.body } } },
      }),
    },
    responses: { ...successesOf(route), ...errorsOf([...commonErrors, ...route.errors]) },
  };
}

function rightsOf({ needs, isPublic }: Route): string {
  if (isPublic) return "Needs no token.";
  return needs.length === 0 ? "Needs a known caller." : `Needs the right to ${needs.join(", ")}.`;
}

function methodOf({ method }: Route): RouteConfig["method"] {
  switch (method) {
    case "GET":
      return "get";
    case "PUT":
      return "put";
    case "POST":
      return "post";
    case "DELETE":
      return "delete";
    case "PATCH":
      return "patch";
    default:
      return method satisfies never;
  }
}

const successWords: Readonly<Record<string, string>> = {
  "200": "Done.",
  "201": "Created.",
  "204": "Done; the answer is empty.",
};

function successesOf({ answers }: Route): Record<string, ResponseConfig> {
  const headers = {
    [REVISION_HEADER]: { description: "The store revision that the answer shows.", schema: { type: "integer" } },
  } as const;
  return Object.fromEntries(
    Object.entries<Answer | null>(answers).map(([status, answer]) => {
      const content = answer && { content: { [answer.type]: { schema: answer.schema } } };
      return [status, { description: successWords[status] ?? "", headers, ...content }];
    }),
  );
}

function errorsOf(ids: readonly ErrorId[]): Record<string, ResponseConfig> {
  const byStatus = Object.entries(Object.groupBy(ids, (id) => errorStatus[id]));
  return Object.fromEntries(
    byStatus.map(([status, group]) => {
      const description = `Error ${group.toSorted().join(", ")}.`;
      return [status, { description, content: { "application/json": { schema: errorAnswer } } }];
    }),
  );
}
