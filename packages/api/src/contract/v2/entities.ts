import * as z from "zod";

export * from "./machine-entities.ts";

/** The desired states; a test compares them with the model's. */
export const desiredState = z.enum(["inactive", "loaded", "launched"]).meta({
  id: "DesiredState",
  description: "inactive: known, not placed; loaded: placed and loaded into systemd; launched: loaded and started.",
});

/** Optional because daemons of an earlier version omit the field. */
export const restartNumber = z.number().int().optional().meta({
  description: "The number of the latest request to restart the unit; 0: none.",
});

export const unitStateEntity = z
  .object({
    name: z.string(),
    machineID: z.string(),
    hash: z.string().meta({ description: "Hash of the unit file on the machine." }),
    load: z.string(),
    active: z.string(),
    sub: z.string(),
    launched: z.boolean().meta({ description: "The agent has started the unit for its current assignment." }),
    restarted: z.number().int().optional().meta({
      description: "The number of the latest completed restart on the machine; compare `restart` of the unit. 0: none.",
    }),
    gaveUp: z.boolean().meta({ description: "systemd has given the unit up after failed starts." }),
    secrets: z.number().int().optional().meta({
      description: "The number of the newest secret that the unit runs with; 0 for a unit without secrets.",
    }),
    cleared: z.number().int().meta({
      description: "Revision of the order to stop an exclusive unit, after its last process has ended; else 0.",
    }),
    problem: z.string().meta({ description: "Why the unit differs from its assignment; empty if it does not." }),
  })
  .meta({ id: "UnitState", description: "systemd's state of a unit on one machine." });

export const unitPlace = z
  .object({
    machineID: z.string(),
    desired: z.enum(["loaded", "launched"]),
    leaving: z.boolean().meta({ description: "The copy may run only until the unit is active on another machine." }),
    since: z.number().int().meta({ description: "Revision at which the unit was assigned to the machine." }),
  })
  .meta({ id: "UnitPlace", description: "A machine to which a unit is assigned." });

export const attemptEntity = z
  .object({
    machineID: z.string(),
    at: z.string().meta({ description: "Time of the failure (RFC 3339)." }),
    reason: z.string(),
  })
  .meta({
    id: "FailedAttempt",
    description: "A machine on which systemd gave the unit up after failed starts.",
  });

/** The kinds are the model's; a test compares them. */
export const troubleEntity = z
  .object({
    kind: z.enum(["unplaced", "away", "failed", "pending"]).meta({
      description:
        "unplaced: on no machine; away: its machine is not in the cluster now; failed: its machine says why it does not " +
        "run; pending: its machine has not started it yet.",
    }),
    machineID: z.string().optional().meta({ description: "Absent for an unplaced unit." }),
    problem: z.string().meta({ description: "What the machine reports; empty unless failed." }),
  })
  .meta({ id: "Trouble", description: "Why a wanted unit does not run, or is not loaded, at one of its places." });

export const unitEntity = z
  .object({
    name: z.string(),
    hash: z.string().meta({ description: "SHA-1 of the options, computed as in fleet." }),
    digest: z.string().meta({ description: "SHA-256 of the submitted text." }),
    desiredState,
    restart: restartNumber,
    currentState: desiredState.meta({
      description: "The state of the unit; for a global unit, the lowest state on its machines.",
    }),
    global: z.boolean(),
    description: z.string(),
    machines: z.array(unitPlace),
    states: z.array(unitStateEntity),
    attempts: z
      .array(attemptEntity)
      .optional()
      .meta({ description: "Machines on which the current version of the unit failed, the latest last." }),
    problem: z.string().optional().meta({ description: "The problem that a machine reports." }),
    reasons: z
      .array(z.string())
      .optional()
      .meta({ description: "Why the unit is not placed, one sentence for each group of machines." }),
    troubles: z
      .array(troubleEntity)
      .optional()
      .meta({ description: "Why the unit is not as wanted, one entry for each of its places; absent if it is." }),
  })
  .meta({ id: "Unit", description: "A unit of the cluster, with its machines and states." });

export type AttemptEntity = z.infer<typeof attemptEntity>;
export type UnitStateEntity = z.infer<typeof unitStateEntity>;
export type TroubleEntity = z.infer<typeof troubleEntity>;
export type UnitPlace = z.infer<typeof unitPlace>;
export type UnitEntity = z.infer<typeof unitEntity>;
