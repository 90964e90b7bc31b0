import * as z from "zod";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import { noBody, noParams, noQuery } from "./requests.ts";
import { json, type Route } from "./route.ts";

const finding = z.object({
  level: z.enum(["wrong", "unknown", "note"]).meta({
    description: "wrong: needs attention; unknown: could not be checked; note: worth knowing, and not wrong.",
  }),
  about: z.enum(["units", "machines", "hold", "leader", "store", "certificates", "versions", "clocks"]),
  subject: z.string().meta({ description: "The unit or the machine's ID; empty for the cluster." }),
  message: z.string(),
});

export const healthAnswer = z
  .object({
    state: z.enum(["healthy", "unhealthy", "unknown"]),
    findings: z.array(finding),
    machines: z.number().int().meta({ description: "The machines in the cluster now." }),
    units: z.number().int().meta({ description: "The units that are wanted on machines." }),
    leader: z.string().optional(),
    store: z.string().meta({ description: "The cluster's store: `etcd=URL,...` or `embedded=PATH`." }),
    storeMs: z.number().meta({ description: "How long the store took to answer, milliseconds." }),
  })
  .meta({ id: "Health", description: "What is wrong in the cluster, as of now." });

export const healthRoutes = {
  getHealth: {
    ...v2Endpoints.getHealth,
    needs: ["read"],
    summary: "Tell what is wrong: units that do not run, machines, leader, store, certificates, versions, clocks.",
    params: noParams,
    query: noQuery,
    body: noBody,
    answers: { 200: json(healthAnswer) },
    errors: [],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;

export type HealthFinding = z.infer<typeof finding>;
export type HealthAnswer = z.infer<typeof healthAnswer>;
