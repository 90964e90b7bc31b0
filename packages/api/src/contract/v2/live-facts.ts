import * as z from "zod";
import { limits } from "../limits.ts";
import { machineFilter } from "./machine-filter.ts";

/** Names of systemd's properties, separated by commas. */
export const propertyList = z
  .string()
  .max(limits.propertyListCharacters)
  .regex(/^$|^[A-Za-z][A-Za-z0-9]*(,[A-Za-z][A-Za-z0-9]*)*$/, "must be names of properties, separated by commas")
  .default("")
  .transform((text) => (text === "" ? [] : text.split(",")));

export const propertiesQuery = z.strictObject({
  machine: machineFilter,
  properties: propertyList.meta({ description: "Names of properties, separated by commas. Default all." }),
});

export const unitProperty = z.object({ name: z.string(), value: z.string() });

export const unitProperties = z
  .object({
    results: z.array(
      z.object({
        machineID: z.string(),
        ok: z.boolean(),
        message: z.string().meta({ description: "Why the machine shows no properties." }),
        properties: z
          .array(unitProperty)
          .meta({ description: "In systemctl's form; a property with several values appears several times." }),
      }),
    ),
  })
  .meta({ id: "UnitProperties", description: "What `systemctl show` prints on each machine." });

export const triggersQuery = z.strictObject({
  name: z.string().max(limits.globCharacters).optional().meta({ description: "A shell-style glob over names." }),
});

const unreachable = z
  .array(z.object({ machineID: z.string(), message: z.string() }))
  .meta({ description: "The machines that did not answer. Their units are listed without times and addresses." });

export const timersAnswer = z
  .object({
    timers: z.array(
      z.object({
        unit: z.string(),
        activates: z.string().optional(),
        machineID: z.string().optional().meta({ description: "Absent for a timer without a machine." }),
        next: z.string().optional().meta({ description: "When it elapses next (RFC 3339), by its machine's clock." }),
        last: z.string().optional().meta({ description: "When it last elapsed (RFC 3339)." }),
      }),
    ),
    unreachable,
  })
  .meta({ id: "Timers", description: "The wanted timers, sorted by unit and machine." });

export const socketAddress = z.object({ type: z.string(), address: z.string() });

export const socketsAnswer = z
  .object({
    sockets: z.array(
      z.object({
        unit: z.string(),
        activates: z.array(z.string()),
        machineID: z.string().optional().meta({ description: "Absent for a socket without a machine." }),
        listens: z.array(socketAddress).meta({ description: "With systemd's word for the kind, such as Stream." }),
      }),
    ),
    unreachable,
  })
  .meta({ id: "Sockets", description: "The wanted sockets, sorted by unit and machine." });

export type UnitProperties = z.infer<typeof unitProperties>;
export type TimersAnswer = z.infer<typeof timersAnswer>;
export type SocketsAnswer = z.infer<typeof socketsAnswer>;
