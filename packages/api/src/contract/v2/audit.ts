import * as z from "zod";
import { limits } from "../limits.ts";

const time = z.iso.datetime({ offset: true });
const name = z.string().min(1).max(limits.pathPartCharacters);

export const auditQuery = z.strictObject({
  since: time.optional().meta({ description: "Only entries from this time on (RFC 3339)." }),
  by: name.optional().meta({ description: "Only entries of this name, ID of a token, or kind of identity." }),
  unit: name.optional().meta({ description: "Only entries about the unit with this name." }),
  limit: z.coerce.number().int().min(1).max(limits.auditEntries).default(100).meta({
    description: "The newest so many entries.",
  }),
});

/** An entry as the journal of a server has it. */
export const recordedEntry = z.object({
  time,
  who: z
    .string()
    .meta({ description: "The kind of identity: local, open, token, certificate, machine, server or unknown." }),
  name: z.string().optional().meta({ description: "The name of the token, the certificate, the user or the machine." }),
  tokenID: z.string().optional(),
  from: z.string().optional().meta({ description: "The address of the client, or the process at the socket." }),
  via: z.string().optional().meta({ description: "The machine whose daemon forwarded the request." }),
  verb: z.string(),
  unit: z.string().optional(),
  object: z.string().optional().meta({ description: "What the verb acts on if that is no unit." }),
  revision: z.number().optional().meta({ description: "The store's revision of the change." }),
  result: z.enum(["done", "refused", "failed"]),
  reason: z.string().optional(),
});

export const auditEntry = recordedEntry
  .extend({ server: z.string().meta({ description: "The machine whose server answered the request." }) })
  .meta({ id: "AuditEntry" });

export const auditAnswer = z
  .object({
    entries: z.array(auditEntry).meta({ description: "The oldest entry first." }),
    missing: z
      .array(z.object({ machineID: z.string(), message: z.string() }))
      .meta({ description: "The servers whose entries are missing, and why." }),
  })
  .meta({ id: "Audit", description: "Changes and refusals, as the journals of all servers have them." });

export const recordedEntries = z.object({ entries: z.array(recordedEntry) });

export type AuditQuery = z.output<typeof auditQuery>;
export type RecordedEntry = z.infer<typeof recordedEntry>;
export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditAnswer = z.infer<typeof auditAnswer>;
