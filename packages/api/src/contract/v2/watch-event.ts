import * as z from "zod";
import {
  attemptEntity,
  desiredState,
  holdEntity,
  machineFacts,
  restartNumber,
  unitPlace,
  unitStateEntity,
} from "./entities.ts";
import { errorBody } from "./error.ts";

const revision = z.number().int();

/** A line of the watch stream. An event without a value reports a deletion. */
export const watchEvent = z
  .discriminatedUnion("kind", [
    z.object({
      revision,
      kind: z.literal("unit"),
      unit: z.string(),
      value: z
        .object({ name: z.string(), hash: z.string(), desiredState, restart: restartNumber, global: z.boolean() })
        .optional(),
    }),
    z.object({
      revision,
      kind: z.literal("assignment"),
      unit: z.string(),
      machineID: z.string(),
      value: unitPlace.omit({ machineID: true }).extend({ hash: z.string() }).optional(),
    }),
    z.object({
      revision,
      kind: z.literal("state"),
      unit: z.string(),
      machineID: z.string(),
      value: unitStateEntity.optional(),
    }),
    z.object({
      revision,
      kind: z.literal("attempts"),
      unit: z.string(),
      value: z.array(attemptEntity).optional(),
    }),
    z.object({ revision, kind: z.literal("machine"), machineID: z.string(), value: machineFacts.optional() }),
    z.object({ revision, kind: z.literal("leader"), value: z.string().optional() }),
    z.object({ revision, kind: z.literal("hold"), value: holdEntity.optional() }),
    z.object({ revision, kind: z.literal("progress") }),
    z.object({ kind: z.literal("error"), error: errorBody }),
  ])
  .meta({
    id: "WatchEvent",
    description: "A change, a sign of life (progress), or the reason why the stream ends (error).",
  });

export type WatchLine = z.infer<typeof watchEvent>;
/** An event for the watcher. The client throws the error line. */
export type WatchEvent = Exclude<WatchLine, { readonly kind: "error" }>;
