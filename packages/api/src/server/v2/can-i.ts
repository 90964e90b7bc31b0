import { describeMissing, missingOutright } from "@flotilla/access";
import type { WhoAmIAnswer } from "../../contract/v2/access-entities.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { RequestAccess } from "../access/request-access.ts";
import type { Outcome } from "../answer.ts";
import type { Checked } from "./bound-route.ts";

/** Answers without a look at the cluster: for the socket of an agent, the machines of the unit decide as well. */
export function canI({ query, access }: Checked<typeof v2Routes.canI>): Outcome {
  const missing = missingOutright(access.caller, query);
  const answer = missing ? { allowed: false, reason: describeMissing(missing) } : { allowed: true };
  return { status: 200, json: answer };
}

export function whoAmI({ caller }: Pick<RequestAccess, "caller">): Outcome {
  const json: WhoAmIAnswer = { kind: caller.kind };
  if (caller.kind === "machine") return { status: 200, json: { ...json, name: caller.machineID } };
  if (caller.kind !== "token" && caller.kind !== "certificate") return { status: 200, json };
  return { status: 200, json: { ...json, name: caller.name, ...caller.grant } };
}
