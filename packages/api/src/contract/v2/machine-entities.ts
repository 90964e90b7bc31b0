import * as z from "zod";
import { cordonEntity, drainEntity } from "./operating.ts";

const resources = z.object({
  cpu: z.number().optional(),
  memory: z.number().optional(),
  disk: z.number().optional(),
});

export const machineFacts = z.object({
  id: z.string(),
  primaryIP: z.string(),
  hostname: z.string().optional().meta({ description: "The host's name; absent if the daemon does not tell it." }),
  metadata: z.record(z.string(), z.string()),
  vouched: z.array(z.string()).optional().meta({
    description: "The keys of `metadata` that the machine's join token vouched for; no setting changes them.",
  }),
  version: z.string(),
  capacity: z.object({ cpus: z.number(), memoryBytes: z.number(), diskBytes: z.number().optional() }),
  reserve: resources.optional().meta({
    description: "What the machine keeps for the system: thousandths of a core, bytes of memory and disk.",
  }),
  overcommit: resources.optional().meta({
    description: "Factors by which the reservations of units may exceed what the machine has. Default: 1.",
  }),
  maxUnits: z.number().int().optional().meta({ description: "The most units that the machine takes." }),
  capabilities: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .meta({
      description:
        "What the daemon found on the host, as metadata with any number of values. A key of `metadata` takes the place of " +
        "the capability of that name. Absent for a daemon of an earlier version.",
    }),
  insecureApi: z.boolean().optional().meta({
    description: "True if the machine's daemon has a TCP listener without authentication (insecure_api).",
  }),
  cordon: cordonEntity.optional(),
  drain: drainEntity.optional(),
  self: z.boolean().optional().meta({ description: "True for the machine of the answering daemon." }),
});

const amounts = resources.meta({
  description: "Thousandths of a core, bytes of memory and of disk; absent where the size is unknown.",
});

export const machineEntity = machineFacts
  .extend({
    units: z.number().int().meta({ description: "The number of units assigned to the machine." }),
    state: z.string().optional().meta({ description: "With details=true: ready, held, cordoned or draining." }),
    since: z.string().optional().meta({ description: "With details=true: since when, if known (RFC 3339)." }),
    reserved: amounts.optional().meta({ description: "With details=true: what the units there reserve together." }),
    free: amounts.optional().meta({ description: "With details=true: what further units may reserve." }),
  })
  .meta({ id: "Machine", description: "A machine in the cluster." });

export const awayMachineEntity = z
  .object({
    id: z.string(),
    host: z.string().optional().meta({ description: "The address of a server." }),
    state: z.enum(["away", "held"]).meta({ description: "held: its units do not move now." }),
    since: z.string().optional().meta({ description: "Since when, if known (RFC 3339)." }),
    joinedAt: z.string().optional().meta({ description: "When it joined the cluster with a token (RFC 3339)." }),
    units: z.number().int().meta({ description: "The number of units assigned to the machine." }),
  })
  .meta({ id: "AwayMachine", description: "A member of the cluster that is not in it now." });

export const holdEntity = z
  .object({
    since: z.string().meta({ description: "When the hold began (RFC 3339)." }),
    machines: z.array(z.string()).meta({ description: "The machines that are away or miss heartbeats." }),
    of: z.number().int().meta({ description: "The number of machines before the loss." }),
  })
  .meta({ id: "Hold", description: "A hold after a mass loss: the units of the lost machines do not move." });

export type HoldEntity = z.infer<typeof holdEntity>;
export type MachineFacts = z.infer<typeof machineFacts>;
export type AwayMachineEntity = z.infer<typeof awayMachineEntity>;
export type MachineEntity = z.infer<typeof machineEntity>;
