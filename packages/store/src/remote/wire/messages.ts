import * as z from "zod";
import { MAX_TXN_OPS } from "../../port/index.ts";

/**
 * The messages between an agent and a server. A server refuses a field that it does not know, because ignoring the field
 * could change what the request means; so servers are upgraded before agents. An agent ignores unknown fields of answers.
 */

const revision = z.int().min(0);

/** etcd's lease IDs: positive 64-bit integers. */
const leaseID = z.string().regex(/^[1-9][0-9]{0,18}$/);

const keyValue = z.object({
  key: z.string(),
  value: z.string(),
  createRevision: revision,
  modRevision: revision,
  lease: z.string().exactOptional(),
});

const event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("put"), entry: keyValue }),
  z.object({ type: z.literal("delete"), key: z.string(), modRevision: revision }),
]);

const compare = z.union([
  z.strictObject({ key: z.string(), createRevision: revision }),
  z.strictObject({ key: z.string(), modRevision: revision }),
]);

const op = z.union([
  z.strictObject({ put: z.string(), value: z.string(), lease: leaseID.exactOptional() }),
  z.strictObject({ delete: z.string() }),
  z.strictObject({ deletePrefix: z.string() }),
]);

/**
 * A list whose length is checked before its items: a message of a few MiB may have a million items, and each invalid one
 * makes an issue of some KiB.
 */
function listOf<T extends z.ZodType>(item: T) {
  const isShort = (value: unknown): boolean => !Array.isArray(value) || value.length <= MAX_TXN_OPS;
  const error = `more than ${MAX_TXN_OPS} in one transaction; split the transaction`;
  return z.unknown().refine(isShort, { error, abort: true }).pipe(z.array(item));
}

export const requests = {
  revision: z.strictObject({}),
  range: z.strictObject({
    prefix: z.string(),
    exact: z.boolean().exactOptional(),
    after: z.string().exactOptional(),
    limit: z.int().exactOptional(),
    revision: revision.exactOptional(),
    changedSince: revision.exactOptional(),
  }),
  txn: z.strictObject({ compare: listOf(compare).exactOptional(), onSuccess: listOf(op) }),
  watch: z.strictObject({
    prefix: z.string(),
    exact: z.boolean().exactOptional(),
    from: revision,
    reached: revision.exactOptional(),
    witness: z.strictObject({ key: z.string(), value: z.string() }).exactOptional(),
  }),
  grant: z.strictObject({ ttlMs: z.number() }),
  lease: z.strictObject({ id: leaseID }),
  leaseTime: z.strictObject({ id: leaseID, limitMs: z.number().min(0).exactOptional() }),
} as const;

export const answers = {
  revision: z.object({ revision }),
  range: z.object({ entries: z.array(keyValue), more: z.boolean(), count: z.int(), revision }),
  txn: z.object({ succeeded: z.boolean(), revision }),
  /** One line of a watch: a batch, or why the watch has ended. */
  watch: z.union([z.object({ events: z.array(event), revision }), z.object({ code: z.string(), reason: z.string() })]),
  granted: z.object({ id: leaseID, ttlMs: z.number() }),
  /** Without a TTL, the store does not know the lease. */
  renewed: z.object({ ttlMs: z.number().exactOptional() }),
  revoked: z.object({}),
  leaseTime: z.object({
    time: z.object({ ttlMs: z.number(), leftMs: z.number(), surelyLeftMs: z.number() }).exactOptional(),
  }),
  refusal: z.object({ code: z.string().exactOptional(), reason: z.string() }),
} as const;

/** Returns what is wrong with a message, with the name of the field. */
export function problemOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  return `${field === "" ? "the message" : field}: ${issue?.message ?? "not valid"}`;
}

/** Returns the value of a JSON text; undefined if the text is not JSON. */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
