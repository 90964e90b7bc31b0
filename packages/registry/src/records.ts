import * as z from "zod";
import { ADMISSION_RULES, ROLES } from "@flotilla/access";
import { needRecord } from "./mirror-records.ts";

/**
 * The values in the store. Fields are only ever added, each with a default, so that daemons of two versions can share a
 * store during an upgrade. Unknown fields are dropped, not refused.
 */
export const unitRecord = z.object({
  digest: z.string(),
  hash: z.string(),
  desired: z.enum(["inactive", "loaded", "launched"]),
  restart: z.number().default(0),
  stoppedAt: z.number().default(0),
  move: z.object({ since: z.number(), to: z.string().optional(), reason: z.string().default("") }).optional(),
});

export const assignmentRecord = z.object({
  digest: z.string(),
  hash: z.string(),
  desired: z.enum(["loaded", "launched"]),
  restart: z.number().default(0),
  secrets: z.number().default(0),
  leaving: z.boolean().default(false),
  exclusive: z.boolean().default(false),
  needs: z.array(needRecord).readonly().optional(),
  stopping: z.boolean().default(false),
  askedAt: z.number().default(0),
  since: z.number().default(0),
  triggeredAt: z.number().optional(),
});

const resources = z.object({
  cpu: z.number().optional(),
  memory: z.number().optional(),
  disk: z.number().optional(),
});

export const machineRecord = z.object({
  id: z.string(),
  primaryIP: z.string().default(""),
  hostname: z.string().optional(),
  metadata: z.record(z.string(), z.string()).default({}),
  version: z.string().default(""),
  peerPort: z.number().int().default(0),
  bootID: z.string().default(""),
  capacity: z
    .object({ cpus: z.number(), memoryBytes: z.number(), diskBytes: z.number().optional() })
    .default({ cpus: 0, memoryBytes: 0 }),
  startedAt: z.number().int().min(0).max(8_640_000_000_000_000).optional(),
  reserve: resources.optional(),
  overcommit: resources.optional(),
  maxUnits: z.number().int().optional(),
  capabilities: z.record(z.string(), z.array(z.string())).optional(),
  insecureApi: z.boolean().optional(),
});

const cordon = { reason: z.string().default(""), since: z.number() };

export const machineSettingsRecord = z.object({
  metadata: z.record(z.string(), z.string().nullable()).default({}),
  cordon: z.object(cordon).optional(),
  drain: z.object({ ...cordon, deadline: z.number().optional(), until: z.number().optional() }).optional(),
});

/** A machine's membership, by which the certificate of an agent is accepted. */
export const memberRecord = z.object({
  /** Differs at each admission of the machine. A certificate of an earlier admission names another generation. */
  generation: z.string(),
  /** SHA-256 of the public key that the machine joined with, in DER, hexadecimal digits. */
  key: z.string().default(""),
  /** Metadata that the join token vouched for. */
  metadata: z.record(z.string(), z.string()).default({}),
  /** The name of the join token. */
  token: z.string().default(""),
  /** Milliseconds since the epoch. */
  joinedAt: z.number().default(0),
  /** Whether the machine got the credentials of the store when it joined. */
  server: z.boolean().default(false),
});

/** A membership that a person has ended. */
export const removedMemberRecord = z.object({
  /** The generation of the membership. A certificate of this generation is the removed machine's; empty: unknown. */
  generation: z.string(),
});

/** What every kind of token has. Times are in milliseconds since the epoch. */
const anyToken = {
  name: z.string(),
  /** SHA-256 of the secret, hexadecimal digits. */
  hash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().optional(),
};

/** A token that admits machines to the cluster. */
export const joinTokenRecord = z.object({
  kind: z.literal("join"),
  ...anyToken,
  usesLeft: z.number().int(),
  /** Metadata that the token vouches for. */
  metadata: z.record(z.string(), z.string()).default({}),
  /** Whether a machine that joins with the token becomes a server. */
  server: z.boolean().default(false),
});

/** A token for the API. An unknown role or rule, of a later version, makes the record unreadable: it grants nothing. */
export const apiTokenRecord = z.object({
  kind: z.literal("api"),
  ...anyToken,
  role: z.enum(ROLES),
  units: z.array(z.string()).readonly().default([]),
  machineMetadata: z.record(z.string(), z.string()).default({}),
  admit: z.enum(ADMISSION_RULES).optional(),
  users: z.array(z.string()).readonly().default([]),
});

export const tokenRecord = z.discriminatedUnion("kind", [apiTokenRecord, joinTokenRecord]);

/** A run of a service, on the machine that the key or the field `machineID` names. Times in ms since the epoch. */
export const runRecord = z.object({
  invocation: z.string(),
  startedAt: z.number(),
  endedAt: z.number().default(0),
  result: z.string().default(""),
  code: z.enum(["", "exited", "killed", "dumped"]).default(""),
  status: z.number().default(0),
});

/** What the cluster keeps of a unit's past. */
export const historyRecord = z.object({
  runs: z
    .array(runRecord.extend({ machineID: z.string() }))
    .readonly()
    .default([]),
  triggeredAt: z.number().optional(),
});

export const stateRecord = z.object({
  hash: z.string(),
  load: z.string(),
  active: z.string(),
  sub: z.string(),
  launched: z.boolean().default(false),
  restarted: z.number().default(0),
  secrets: z.number().default(0),
  gaveUp: z.boolean().default(false),
  cleared: z.number().default(0),
  problem: z.string().default(""),
  runs: z.array(runRecord).readonly().optional(),
  triggeredAt: z.number().optional(),
});

export const leaderRecord = z.object({ machineID: z.string() });

/** The attendance data of the whole cluster. Absent without a hold and while no machine is awaited. */
export const attendanceHead = z.object({
  hold: z.object({ since: z.number(), of: z.number() }).optional(),
  /** True while the missing machines are awaited. */
  settling: z.boolean().default(false),
});

/** The attendance of one machine: present, missing (vanished a short while ago), or away (vanished longer ago). */
export const attendanceEntry = z.object({
  is: z.enum(["present", "missing", "away"]),
  held: z.boolean().default(false),
});

export const attemptsRecord = z.object({
  unitRevision: z.number(),
  failed: z.array(
    z.object({
      machineID: z.string(),
      since: z.number(),
      at: z.number(),
      reason: z.string(),
      lost: z.boolean().optional(),
    }),
  ),
});

export const releaseRecord = z.object({ since: z.number() });

/** Events that were written together. Each is checked by itself, so that one that cannot be read hides no other. */
export const eventBatchRecord = z.object({ events: z.array(z.unknown()), revision: z.int().nonnegative().optional() });

/** Up to which revision batches of events have been deleted. */
export const eventFloorRecord = z.object({ revision: z.int().nonnegative() });

/** Where the daemon of a server answers other servers. */
export const serverRecord = z.object({
  host: z.string(),
  peerPort: z.number(),
  /** SHA-256 of the certificate of the authority that signed the server's certificate; empty: of an earlier version. */
  issuer: z.string().default(""),
});

/** The authority before the latest rotation. It signs nothing any more: nobody keeps its key. Times in ms since the epoch. */
const formerAuthority = z.object({
  certificate: z.string(),
  /** The present authority's key in a certificate that this authority has signed; absent if it vouches for nobody. */
  cross: z.string().optional(),
  replacedAt: z.number(),
  /** Since when nobody trusts this authority; absent while certificates of it are accepted. */
  droppedAt: z.number().optional(),
});

/** The cluster's certificate authority, PEM. Whoever has the key can act as any machine, so only servers read it. */
export const authorityRecord = z.object({
  certificate: z.string(),
  privateKey: z.string(),
  previous: formerAuthority.optional().catch(undefined),
});

/** What an agent has shown during a rotation: it keeps a certificate of this authority. */
export const rotationRecord = z.object({
  /** The generation of the membership. */
  generation: z.string(),
  /** SHA-256 of the certificate of the authority that signed the agent's certificate. */
  issuer: z.string(),
});

/** The identity of the cluster's store: a value that no other store has. */
export const identityRecord = z.object({ origin: z.string() });

/** A move of the cluster from this store, or to it. `other` is the other store, as `describeStore` of fleetd writes it. */
export const storeMoveRecord = z.object({
  is: z.enum(["leaving", "gone", "arriving"]),
  machineID: z.string(),
  other: z.string(),
});

/** The latest use of a token that was noted, and the server that noted it. */
export const tokenUseRecord = z.object({ lastUsedAt: z.number(), machineID: z.string() });
/** A secret: everything about its value is encrypted, and the value can be read only with a key that is not in the store. */
export const secretRecord = z.object({
  number: z.number().int(),
  version: z.number().int(),
  size: z.number().int(),
  createdAt: z.number(),
  updatedAt: z.number(),
  keyID: z.string(),
  digest: z.string(),
  sealed: z.string(),
});

/**
 * Which key encrypts the cluster's secrets, the machine that made the key, and the number of the latest change of any
 * secret.
 */
export const secretsKeyRecord = z.object({
  keyID: z.string(),
  machineID: z.string().default(""),
  latest: z.number().int().default(0),
});

export type UnitRecord = z.infer<typeof unitRecord>;
export type AssignmentRecord = z.infer<typeof assignmentRecord>;
export type HistoryRecord = z.infer<typeof historyRecord>;
export type StateRecord = z.infer<typeof stateRecord>;
export type AttendanceHead = z.infer<typeof attendanceHead>;
export type AttendanceEntry = z.infer<typeof attendanceEntry>;
export type StoreMoveRecord = z.infer<typeof storeMoveRecord>;
export type JoinTokenRecord = z.infer<typeof joinTokenRecord>;
export type TokenRecord = z.infer<typeof tokenRecord>;
export type MemberRecord = z.infer<typeof memberRecord>;
export type RemovedMemberRecord = z.infer<typeof removedMemberRecord>;
export type ApiTokenRecord = z.infer<typeof apiTokenRecord>;
export type SecretRecord = z.infer<typeof secretRecord>;
export type SecretsKeyRecord = z.infer<typeof secretsKeyRecord>;
export type ServerRecord = z.infer<typeof serverRecord>;
export type AuthorityRecord = z.infer<typeof authorityRecord>;
export type FormerAuthority = z.infer<typeof formerAuthority>;
export type RotationRecord = z.infer<typeof rotationRecord>;

/** Returns the record in `text`, or undefined if it is invalid: a broken value must not stop the cluster. */
export function decode<T>(schema: z.ZodType<T>, text: string): T | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}
