import assert from "node:assert/strict";
import { test } from "node:test";
import { V2_BASE } from "../../contract/v2/endpoints.ts";
import type { Route } from "../../contract/v2/route.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import { testApi } from "../api.fixture.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: unknown;
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, unknown> }>;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

test("the served document names every route, its parameters, its answers and its errors", async (t) => {
  const api = await testApi(t);
  const document = (await api.call("GET", `${V2_BASE}/openapi.json`)).json as Document;
  assert.equal(document.openapi, "3.1.0");
  assert.equal(document.servers[0]?.url, V2_BASE);
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  assert.equal(operations.length, Object.keys(v2Routes).length);
  for (const [operationId, route] of Object.entries<Route>(v2Routes)) {
    const operation = document.paths[route.path]?.[route.method.toLowerCase()];
    assert.equal(operation?.operationId, operationId);
    const named = (operation.parameters ?? []).map(({ name, in: where }) => `${where} ${name}`).toSorted();
    const wanted = [
      ...Object.keys(route.params.shape).map((name) => `path ${name}`),
      ...Object.keys(route.query.shape).map((name) => `query ${name}`),
    ];
    assert.deepEqual(named, wanted.toSorted(), operationId);
    for (const status of Object.keys(route.answers)) assert.ok(operation.responses[status], `${operationId} ${status}`);
    for (const id of route.errors)
      assert.ok(
        Object.values(operation.responses).some(({ description }) => description.includes(id)),
        `${operationId} ${id}`,
      );
    assert.equal(operation.requestBody !== undefined, !route.body.safeParse(undefined).success, operationId);
  }
});

test("every reference in the document resolves", async (t) => {
  const api = await testApi(t);
  const { text, json } = await api.call("GET", `${V2_BASE}/openapi.json`);
  const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? "");
  assert.ok(names.length > 10);
  for (const name of names) assert.ok((json as Document).components.schemas[name], name);
});

test("every path of the document has a handler", async (t) => {
  const api = await testApi(t);
  for (const route of Object.values<Route>(v2Routes)) {
    if (route.path.endsWith("/watch")) continue;
    const path = route.path.replace("{name}", "no.service").replace("{id}", "a");
    const { json } = await api.call(route.method, V2_BASE + path, { body: route.method === "GET" ? undefined : {} });
    const id = (json as { error?: { id: string } } | undefined)?.error?.id;
    assert.ok(
      id !== "route-not-found" && id !== "internal" && id !== "method-not-allowed",
      `${route.method} ${path}: ${id}`,
    );
  }
});
