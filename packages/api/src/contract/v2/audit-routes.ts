import { auditAnswer, auditQuery } from "./audit.ts";
import { v2Endpoints } from "./endpoints.ts";
import * as requests from "./requests.ts";
import { json, type Route } from "./route.ts";

/** The route of the audit. */
export const auditRoutes = {
  readAudit: {
    ...v2Endpoints.readAudit,
    needs: ["audit"],
    summary: "Return who changed what, and what was refused, from the journals of all servers.",
    params: requests.noParams,
    query: auditQuery,
    body: requests.noBody,
    answers: { 200: json(auditAnswer) },
    errors: [],
  },
} as const satisfies Readonly<Record<string, Route>>;
