import * as z from "zod";
import type { Verb } from "@flotilla/access";
import { limits } from "../limits.ts";
import * as entities from "./access-entities.ts";
import { auditRoutes } from "./audit-routes.ts";
import { v2Endpoints } from "./endpoints.ts";
import { rotationRoutes } from "./rotation-routes.ts";
import { json, type Route } from "./route.ts";

const NOTHING: readonly Verb[] = [];
const TOKENS: readonly Verb[] = ["tokens"];

/** The routes of tokens and rights, and of who used them. */
export const accessRoutes = {
  listTokens: {
    ...v2Endpoints.listTokens,
    needs: TOKENS,
    summary: "List the tokens, sorted by name, without their secrets.",
    params: entities.noParams,
    query: entities.noQuery,
    body: z.undefined(),
    answers: { 200: json(entities.tokensAnswer) },
    errors: [],
  },
  createToken: {
    ...v2Endpoints.createToken,
    needs: TOKENS,
    summary: "Create a token. Its secret is in this answer only.",
    params: entities.noParams,
    query: entities.noQuery,
    body: entities.createTokenBody,
    bodyLimit: limits.metadataBodyBytes,
    answers: { 201: json(entities.createTokenAnswer) },
    errors: ["bad-json", "bad-request", "conflict", "token-refused", "body-too-large", "unsupported-media-type"],
  },
  revokeToken: {
    ...v2Endpoints.revokeToken,
    needs: TOKENS,
    summary: "Revoke a token by its ID or name. Requests and streams with it end within a second.",
    params: entities.tokenParams,
    query: entities.noQuery,
    body: z.undefined(),
    answers: { 204: null },
    errors: ["token-not-found"],
  },
  canI: {
    ...v2Endpoints.canI,
    needs: NOTHING,
    summary: "Tell whether the caller may do something.",
    params: entities.noParams,
    query: entities.canIQuery,
    body: z.undefined(),
    answers: { 200: json(entities.canIAnswer) },
    errors: [],
  },
  whoAmI: {
    ...v2Endpoints.whoAmI,
    needs: NOTHING,
    summary: "Show who the caller is.",
    params: entities.noParams,
    query: entities.noQuery,
    body: z.undefined(),
    answers: { 200: json(entities.whoAmIAnswer) },
    errors: [],
  },
  getAuthority: {
    ...v2Endpoints.getAuthority,
    needs: NOTHING,
    isPublic: true,
    summary: "Return the certificate of the cluster's authority, which tokens pin by its hash.",
    params: entities.noParams,
    query: entities.noQuery,
    body: z.undefined(),
    answers: { 200: json(entities.authorityAnswer) },
    errors: [],
  },
  ...auditRoutes,
  ...rotationRoutes,
} as const satisfies Record<string, Route>;
