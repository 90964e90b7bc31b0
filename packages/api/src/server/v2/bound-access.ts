import type { accessRoutes } from "../../contract/v2/access-routes.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { ApiContext } from "../context.ts";
import { bind, type BoundRoute } from "./bound-route.ts";
import { beginRotation, endRotation, getRotation } from "./rotation.ts";
import { canI, whoAmI } from "./can-i.ts";
import { certificateOf, createToken, listTokens, revokeToken } from "./tokens.ts";

/** Binds the routes of tokens, rights and the audit. */
export function boundAccess(context: ApiContext): Record<keyof typeof accessRoutes, BoundRoute> {
  return {
    listTokens: bind(context, v2Routes.listTokens, ({ signal }) => listTokens(context, signal)),
    createToken: bind(context, v2Routes.createToken, (request) => createToken(context, request)),
    revokeToken: bind(context, v2Routes.revokeToken, ({ params, signal }) =>
      revokeToken(context, params.token, signal),
    ),
    readAudit: bind(context, v2Routes.readAudit, ({ query, signal }) =>
      context.journals.run(async () => ({ status: 200, json: await context.audits.read(query, signal) })),
    ),
    getRotation: bind(context, v2Routes.getRotation, ({ signal }) => getRotation(context, signal)),
    beginRotation: bind(context, v2Routes.beginRotation, (request) => beginRotation(context, request)),
    endRotation: bind(context, v2Routes.endRotation, (request) => endRotation(context, request)),
    canI: bind(context, v2Routes.canI, async (request) => canI(request)),
    whoAmI: bind(context, v2Routes.whoAmI, async ({ access }) => whoAmI(access)),
    getAuthority: bind(context, v2Routes.getAuthority, async ({ signal }) => {
      const certificate = await certificateOf(context, signal);
      const previous = await context.rotation.former(signal);
      return { status: 200, json: { certificate, ...(previous !== undefined && { previous }) } };
    }),
  };
}
