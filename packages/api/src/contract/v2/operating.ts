import * as z from "zod";
import { limits } from "../limits.ts";
import { MACHINE_NAMES } from "./machine-requests.ts";

const reason = z
  .string()
  .max(limits.reasonCharacters)
  .regex(/^\P{Cc}*$/u, "must not contain control characters")
  .optional()
  .meta({ description: "For people: why. Shown in lists, reasons and the log." });

const seconds = z.number().int().min(0).max(limits.drainSeconds);

export const cordonBody = z.strictObject({ reason }).meta({ id: "CordonMachine" });

export const drainBody = z
  .strictObject({
    reason,
    deadlineSeconds: seconds.optional().meta({
      description: "After this time, units that could not go elsewhere are stopped. Default: they stay.",
    }),
    untilSeconds: seconds.optional().meta({ description: "The drain ends by itself after this time. Default: never." }),
  })
  .meta({ id: "DrainMachine" });

/** When the operator asked, and why. */
const cordon = { reason: z.string(), since: z.string().meta({ description: "RFC 3339, by a server's clock." }) };

export const cordonEntity = z.object(cordon).meta({ id: "Cordon", description: "The machine gets no further units." });

export const drainEntity = z
  .object({
    ...cordon,
    deadline: z.string().optional().meta({ description: "When units that are left are stopped (RFC 3339)." }),
    until: z.string().optional().meta({ description: "When the drain ends by itself (RFC 3339)." }),
  })
  .meta({ id: "Drain", description: "The machine gets no further units, and those that it has go elsewhere." });

export const upkeepAnswer = z
  .object({
    machineID: z.string(),
    cordon: cordonEntity.optional(),
    drain: drainEntity.optional(),
    changed: z.boolean().meta({ description: "False if the request changed nothing." }),
  })
  .meta({ id: "Upkeep", description: "What operators want of a machine." });

export const drainQuery = z.strictObject({
  preview: z
    .stringbool({ truthy: ["true"], falsy: ["false"] })
    .optional()
    .meta({ description: "Show where each unit would go if the machine were drained now. Changes nothing." }),
});

export const unitOnDrained = z.object({
  unit: z.string(),
  is: z.enum(["moving", "stopping", "waiting", "staying", "last"]).meta({
    description:
      "moving: its copy runs until it is up on `to`; stopping: it is exclusive and stops first; waiting: it leaves once " +
      "others have moved; staying: it cannot leave; last: it is global and leaves when no other unit is left.",
  }),
  to: z.string().optional().meta({ description: "The machine to which it goes." }),
  why: z.array(z.string()),
});

export const drainReport = z
  .object({
    machineID: z.string(),
    drain: drainEntity.optional(),
    units: z.array(unitOnDrained).meta({ description: "The units that are still assigned to the machine." }),
  })
  .meta({ id: "DrainReport" });

export const moveUnitBody = z
  .strictObject({
    to: z
      .string()
      .min(1)
      .optional()
      .meta({ description: `Default: the best other machine. ${MACHINE_NAMES}` }),
    reason,
  })
  .meta({ id: "MoveUnit" });

export const moveUnitAnswer = z
  .object({
    from: z.string(),
    to: z.string().meta({ description: "Where the unit would go now. The leader decides again." }),
    units: z.array(z.string()).meta({ description: "The unit, and those that go with it." }),
  })
  .meta({ id: "MoveUnitAnswer" });

export const rebalanceBody = z
  .strictObject({
    dryRun: z.boolean().optional().meta({ description: "Only show the moves. Default false." }),
    most: z.number().int().min(1).max(limits.balancingMoves).optional().meta({ description: "Default 10 moves." }),
  })
  .meta({ id: "Rebalance" });

export const rebalanceAnswer = z
  .object({
    moves: z.array(
      z.object({
        units: z.array(z.string()).meta({ description: "The unit, and those that must be with it." }),
        from: z.string(),
        to: z.string(),
        loads: z
          .tuple([z.number().int(), z.number().int()])
          .meta({ description: "How many units the two machines have before the move." }),
      }),
    ),
  })
  .meta({ id: "RebalanceAnswer" });

export type CordonBody = z.infer<typeof cordonBody>;
export type DrainBody = z.infer<typeof drainBody>;
export type CordonEntity = z.infer<typeof cordonEntity>;
export type DrainEntity = z.infer<typeof drainEntity>;
export type UpkeepAnswer = z.infer<typeof upkeepAnswer>;
export type UnitOnDrained = z.infer<typeof unitOnDrained>;
export type DrainReport = z.infer<typeof drainReport>;
export type MoveUnitBody = z.infer<typeof moveUnitBody>;
export type MoveUnitAnswer = z.infer<typeof moveUnitAnswer>;
export type RebalanceBody = z.infer<typeof rebalanceBody>;
export type RebalanceAnswer = z.infer<typeof rebalanceAnswer>;
