import type { JsonSchema, Schemas } from "./json-schema.ts";

/** One operation of an API document, as much of it as requests are made from and answers are held to. */
export interface Operation {
  readonly method: string;
  /** With the base; a part in braces stands for one percent-encoded segment. */
  readonly path: string;
  readonly query: Readonly<Record<string, JsonSchema>>;
  readonly body: JsonSchema | undefined;
  /** What the answer's body is, by status; undefined for one without a schema. Empty when the document does not say. */
  readonly answers: ReadonlyMap<number, JsonSchema | undefined>;
  readonly schemas: Schemas;
}

interface OpenApiDocument {
  readonly servers: readonly { readonly url: string }[];
  readonly components: { readonly schemas: Schemas };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

interface OpenApiOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: JsonSchema }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>;

/** @param document what `GET /fleet/v2/openapi.json` answers. */
export function operationsOfOpenApi(document: unknown): Operation[] {
  const { servers, components, paths } = document as OpenApiDocument;
  const base = servers[0]?.url ?? "";
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const { parameters = [], requestBody, responses } = operation;
      const query = parameters.filter((parameter) => parameter.in === "query");
      return {
        method: method.toUpperCase(),
        path: base + path,
        query: Object.fromEntries(query.map(({ name, schema = {} }) => [name, schema])),
        body: requestBody?.content["application/json"]?.schema,
        answers: new Map(
          Object.entries(responses).map(([status, { content }]) => [
            Number(status),
            content?.["application/json"]?.schema,
          ]),
        ),
        schemas: components.schemas,
      };
    }),
  );
}

interface DiscoveryDocument {
  readonly basePath: string;
  readonly schemas: Schemas;
  readonly resources: Readonly<Record<string, { readonly methods: Readonly<Record<string, DiscoveryMethod>> }>>;
}

interface DiscoveryMethod {
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters?: Readonly<Record<string, JsonSchema & { readonly location: string }>>;
  readonly request?: JsonSchema;
  readonly response?: JsonSchema;
}

/** @param document what `GET /fleet/v1/discovery` answers: fleet's own description of API v1, which names no errors. */
export function operationsOfDiscovery(document: unknown): Operation[] {
  const { basePath, schemas, resources } = document as DiscoveryDocument;
  return Object.values(resources).flatMap(({ methods }) =>
    Object.values(methods).map(({ httpMethod, path, parameters = {}, request }): Operation => {
      const query = Object.entries(parameters).filter(([, { location }]) => location === "query");
      return {
        method: httpMethod,
        path: basePath + path,
        query: Object.fromEntries(query),
        body: request,
        answers: new Map(),
        schemas,
      };
    }),
  );
}
