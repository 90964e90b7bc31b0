import { mirroredStates } from "@flotilla/model";
import { RELATION_KINDS } from "@flotilla/unit";
import * as z from "zod";

/** A kind of a later version makes the need one that only counts as known. */
export const needRecord = z.object({
  unit: z.string(),
  kinds: z.array(z.enum(RELATION_KINDS)).readonly().catch([]),
});

export const mirrorRecord = z.object({
  state: z.enum(mirroredStates),
  text: z.string().default(""),
  options: z
    .array(z.object({ section: z.string(), name: z.string(), value: z.string() }))
    .readonly()
    .default([]),
});
