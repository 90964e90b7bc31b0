import * as z from "zod";
import {
  journalCursor,
  journalFilter,
  journalOutput,
  killWhom,
  propertyList,
  socketAddress,
  unitProperty,
} from "./v2/requests.ts";

/**
 * The API between daemons, over TLS with both sides authenticated by the cluster's identity. During an upgrade, the two
 * daemons may have different versions, so this API may only be extended.
 */
export const PEER_BASE = "/peer/v1";

export const peerJournalQuery = z.object({
  lines: z.coerce.number().int().min(0),
  follow: z.enum(["true", "false"]).transform((text) => text === "true"),
  output: journalOutput,
  cursor: journalCursor.optional(),
  ...journalFilter,
});

export const peerAction = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("kill"), signal: z.number().int().min(1).max(64), whom: killWhom }),
  z.object({ kind: z.enum(["reset-failed", "reload", "restart"]) }),
  z.object({ kind: z.literal("run"), id: z.string().max(64) }),
]);

export { auditQuery as peerAuditQuery, recordedEntries as peerAudit } from "./v2/audit.ts";

export const peerActionReport = z.object({
  ok: z.boolean(),
  message: z.string(),
  /** Of the run that was started. */
  invocation: z.string().optional(),
});

export const peerPropertiesQuery = z.object({ properties: propertyList });

export const peerProperties = z.object({ ok: z.boolean(), message: z.string(), properties: z.array(unitProperty) });

/** Milliseconds since the epoch, within the range of dates. */
const moment = z.number().int().min(0).max(8_640_000_000_000_000).optional();

export const peerClock = z.object({ wall: z.number() });

export const peerTimers = z.object({
  timers: z.array(z.object({ unit: z.string(), activates: z.string(), next: moment, last: moment })),
});

export const peerSockets = z.object({
  sockets: z.array(z.object({ unit: z.string(), activates: z.array(z.string()), listens: z.array(socketAddress) })),
});

export const peerStatus = z.object({ code: z.number().int(), text: z.string() });
