import type { Verb } from "@flotilla/access";
import { limits } from "../limits.ts";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import * as requests from "./requests.ts";
import { json, type Route } from "./route.ts";

const SECRETS: readonly Verb[] = ["secrets"];

/** The routes of secrets. */
export const secretRoutes = {
  listSecrets: {
    ...v2Endpoints.listSecrets,
    needs: ["read"] as readonly Verb[],
    summary: "List the secrets, and which units name them. No route returns a value.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(requests.secretsAnswer) },
    errors: [],
  },
  putSecret: {
    ...v2Endpoints.putSecret,
    needs: SECRETS,
    summary: "Write a secret. A new version restarts or reloads the units that name the secret.",
    params: requests.secretParams,
    query: requests.noQuery,
    body: requests.putSecretBody,
    bodyLimit: limits.secretBodyBytes,
    answers: { 200: json(requests.putSecretAnswer) },
    errors: [
      "bad-json",
      "bad-request",
      "secret-not-found",
      "secret-exists",
      "secrets-key-wrong",
      "conflict",
      "body-too-large",
      "secret-too-large",
      "unsupported-media-type",
    ],
  },
  deleteSecret: {
    ...v2Endpoints.deleteSecret,
    needs: SECRETS,
    summary: "Delete a secret that no unit names.",
    params: requests.secretParams,
    query: requests.deleteSecretQuery,
    body: requests.noBody,
    answers: { 204: null },
    errors: ["bad-request", "secret-not-found", "secret-in-use"],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;
