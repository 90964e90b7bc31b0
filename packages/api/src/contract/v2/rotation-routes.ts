import type { Verb } from "@flotilla/access";
import { v2Endpoints } from "./endpoints.ts";
import * as requests from "./requests.ts";
import { beginRotationBody, endRotationBody, rotationAnswer } from "./rotation.ts";
import { json, type Route } from "./route.ts";

const ROTATE: readonly Verb[] = ["rotate-ca"];

/** The routes that replace the cluster's authority. */
export const rotationRoutes = {
  getRotation: {
    ...v2Endpoints.getRotation,
    needs: ["read"] as readonly Verb[],
    summary: "Show how far a rotation of the cluster's authority is, and which machines it waits for.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(rotationAnswer) },
    errors: ["rotation-refused"],
  },
  beginRotation: {
    ...v2Endpoints.beginRotation,
    needs: ROTATE,
    summary:
      "Make a new authority. The former one stays trusted until endRotation. Shows a rotation that is under way, or has just ended.",
    params: requests.noParams,
    query: requests.noQuery,
    body: beginRotationBody,
    answers: { 200: json(rotationAnswer) },
    errors: ["bad-json", "bad-request", "rotation-refused", "body-too-large", "unsupported-media-type"],
  },
  endRotation: {
    ...v2Endpoints.endRotation,
    needs: ROTATE,
    summary: "Trust the former authority no more, once no machine has only a certificate of it.",
    params: requests.noParams,
    query: requests.noQuery,
    body: endRotationBody,
    answers: { 200: json(rotationAnswer) },
    errors: ["bad-json", "bad-request", "rotation-refused", "body-too-large", "unsupported-media-type"],
  },
} as const satisfies Readonly<Record<string, Route>>;
