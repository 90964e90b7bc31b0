import * as z from "zod";
import { limits } from "../limits.ts";
import { desiredState } from "./entities.ts";

const machineName = z.object({
  id: z.string(),
  hostname: z.string().optional(),
});

const weighedMachine = machineName.extend({
  scores: z
    .array(z.string())
    .meta({ description: "How good the machine is for the unit, the most important wish first." }),
});

export const explanation = z
  .object({
    name: z.string(),
    desiredState,
    machines: z.array(weighedMachine).meta({ description: "The machines that have the unit, or are about to get it." }),
    reasons: z.array(z.string()).meta({ description: "Why the unit is not placed, as in `reasons` of a unit." }),
    fix: z.string().optional().meta({ description: "The nearest fix for a unit that no machine can take." }),
    able: z.array(weighedMachine).meta({ description: "The other machines that could take the unit, the best first." }),
    ruledOut: z
      .array(
        z.object({
          rule: z.string().meta({ description: "The option or property that rejects the machines." }),
          reason: z.string(),
          fix: z.string(),
          machines: z.array(machineName),
        }),
      )
      .meta({ description: "The machines that cannot take the unit, by the first rule that rejects them." }),
  })
  .meta({ id: "Explanation", description: "What each machine in the cluster is for a unit." });

const plannedFile = z.strictObject({
  name: z.string(),
  file: z
    .string()
    .optional()
    .meta({ description: "The unit file's text. Default: the stored file, or its template's." }),
  desiredState: desiredState.optional().meta({ description: "Default: launched; inactive for a template." }),
  replace: z
    .boolean()
    .optional()
    .meta({ description: "Replace a stored file that differs from `file`. Default false." }),
});

export const planBody = z
  .strictObject({ units: z.array(plannedFile).min(1).max(limits.planUnits) })
  .meta({ id: "PlanRequest" });

const plannedUnit = z.object({
  name: z.string(),
  action: z.enum(["create", "replace", "change", "keep", "refuse"]).meta({
    description:
      "What the request would do to the stored unit: `change` its desired state only, `keep` it as it is, or `refuse` it.",
  }),
  differs: z.boolean().meta({ description: "The stored file differs from `file` and would be kept." }),
  because: z.string().optional().meta({ description: "The dependency by which the unit goes along with another one." }),
  changes: z.array(
    z.object({
      kind: z.enum(["place", "move", "unplace", "update", "refuse"]),
      from: machineName.optional(),
      to: machineName.optional(),
      reasons: z.array(z.string()),
    }),
  ),
  reasons: z.array(z.string()).meta({ description: "Why the request would be refused for this unit." }),
  warnings: z.array(z.string()),
});

export const planAnswer = z
  .object({
    units: z.array(plannedUnit).meta({ description: "The units of the request, and those that go along with them." }),
    others: z
      .array(plannedUnit.pick({ name: true, changes: true }))
      .meta({ description: "Other units that would move, or lose or get a machine." }),
    changed: z.boolean().meta({ description: "False if nothing is to be done." }),
    refused: z.boolean().meta({ description: "Whether a unit would be refused, or left without a machine." }),
  })
  .meta({ id: "Plan", description: "What would happen. Nothing was changed." });

export type Explanation = z.infer<typeof explanation>;
export type PlanBody = z.infer<typeof planBody>;
export type PlanAnswer = z.infer<typeof planAnswer>;
export type PlannedUnit = z.infer<typeof plannedUnit>;
export type MachineName = z.infer<typeof machineName>;
