import * as z from "zod";

/** The same words as the model's; a test holds the two together. */
export const desiredState = z.enum(["inactive", "loaded", "launched"]).meta({
  id: "DesiredState",
  description: "inactive: known, not placed; loaded: placed and loaded into systemd; launched: loaded and started.",
});

/** A daemon of an earlier version leaves it out. */
export const restartNumber = z.number().int().optional().meta({
  description: "The latest request to restart the unit, a number that grows with each request; 0: none.",
});

export const unitStateEntity = z
  .object({
    name: z.string(),
    machineID: z.string(),
    hash: z.string().meta({ description: "Hash of the unit file that is in place on the machine." }),
    load: z.string(),
    active: z.string(),
    sub: z.string(),
    launched: z.boolean().meta({ description: "The agent has started the unit for the assignment that it has now." }),
    restarted: z.number().int().optional().meta({
      description: "The latest restart that is done there: compare `restart` of the unit. 0: none.",
    }),
    gaveUp: z.boolean().meta({ description: "systemd has started the unit as often as it may, in vain." }),
    cleared: z
      .number()
      .int()
      .meta({ description: "Revision of the word to stop an exclusive unit, once nothing is left of it; else 0." }),
    problem: z.string().meta({ description: "Why the unit is not as it should be; empty when it is." }),
  })
  .meta({ id: "UnitState", description: "What systemd says of a unit on one machine." });

export const unitPlace = z
  .object({
    machineID: z.string(),
    desired: z.enum(["loaded", "launched"]),
    leaving: z.boolean().meta({ description: "Left to run only until the unit is active elsewhere." }),
    since: z.number().int().meta({ description: "Revision at which the unit was put on the machine." }),
  })
  .meta({ id: "UnitPlace", description: "One machine that a unit is assigned to." });

export const attemptEntity = z
  .object({
    machineID: z.string(),
    at: z.string().meta({ description: "When it was seen, as RFC 3339 has it." }),
    reason: z.string(),
  })
  .meta({
    id: "FailedAttempt",
    description: "A machine on which systemd started the unit as often as it may, in vain.",
  });

export const unitEntity = z
  .object({
    name: z.string(),
    hash: z.string().meta({ description: "SHA-1 of the options, as fleet's clients compute it." }),
    digest: z.string().meta({ description: "SHA-256 of the submitted text." }),
    desiredState,
    restart: restartNumber,
    currentState: desiredState.meta({ description: "Of a global unit: the least of what its machines have." }),
    global: z.boolean(),
    description: z.string(),
    machines: z.array(unitPlace),
    states: z.array(unitStateEntity),
    attempts: z
      .array(attemptEntity)
      .optional()
      .meta({ description: "Where the unit, as it is wanted now, kept failing; the latest is last." }),
    problem: z.string().optional().meta({ description: "What the machines report to be wrong." }),
    reasons: z
      .array(z.string())
      .optional()
      .meta({ description: "Why the unit is not placed: a sentence for each group of machines." }),
  })
  .meta({ id: "Unit", description: "A unit that the cluster knows, where it is and how it fares." });

export const machineFacts = z.object({
  id: z.string(),
  primaryIP: z.string(),
  metadata: z.record(z.string(), z.string()),
  version: z.string(),
  capacity: z.object({ cpus: z.number(), memoryBytes: z.number() }),
  self: z.boolean().optional().meta({ description: "True for the machine that answers." }),
});

export const machineEntity = machineFacts
  .extend({ units: z.number().int().meta({ description: "How many units are assigned to it." }) })
  .meta({ id: "Machine", description: "A machine that is in the cluster now." });

export const holdEntity = z
  .object({
    since: z.string().meta({ description: "When it began, as RFC 3339 has it." }),
    machines: z.array(z.string()).meta({ description: "The machines that are away, or miss their heartbeats." }),
    of: z.number().int().meta({ description: "How many machines the cluster had." }),
  })
  .meta({ id: "Hold", description: "So many machines vanished together that their units are not moved for now." });

export type AttemptEntity = z.infer<typeof attemptEntity>;
export type HoldEntity = z.infer<typeof holdEntity>;
export type UnitStateEntity = z.infer<typeof unitStateEntity>;
export type UnitPlace = z.infer<typeof unitPlace>;
export type UnitEntity = z.infer<typeof unitEntity>;
export type MachineFacts = z.infer<typeof machineFacts>;
export type MachineEntity = z.infer<typeof machineEntity>;
