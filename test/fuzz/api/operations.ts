import type { JsonSchema, Schemas } from "./json-schema.ts";

/** The part of an API document's operation from which requests are made and answers are checked. */
export interface Operation {
  readonly method: string;
  /** The full path, with the base; a part in braces stands for one percent-encoded segment. */
  readonly path: string;
  readonly query: Readonly<Record<string, JsonSchema>>;
  readonly body: JsonSchema | undefined;
  /**
   * The schema of the answer's body by status; undefined for an answer without one. Empty if the document names no
   * answers.
   */
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

/**
 * Returns the operations of an OpenAPI document.
 * @param document the answer to `GET /fleet/v2/openapi.json`.
 */
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

/**
 * Returns the operations of a discovery document. They have no list of errors, since the document names none.
 * @param document the answer to `GET /fleet/v1/discovery`.
 */
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
