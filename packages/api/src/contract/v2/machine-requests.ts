import * as z from "zod";
import { limits } from "../limits.ts";
import { metadataKey, metadataValue } from "./metadata.ts";

/** What names a machine: see `machinesNamed`. A colon occurs in IPv6 addresses. */
const MACHINE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.:-]+$/;

/** For the description of a field. */
export const MACHINE_NAMES = "A machine's ID or a beginning of the ID, its host name, or its address.";

export const machineParams = z.strictObject({
  id: z
    .string()
    .max(limits.machineIDCharacters)
    .regex(MACHINE_NAME, "must be a machine's ID, host name or address of A-Z a-z 0-9 _ . : -")
    .meta({ description: MACHINE_NAMES }),
});

export const editMetadataBody = z
  .strictObject({
    set: z
      .record(metadataKey, metadataValue)
      .refine(
        (set) => Object.keys(set).length <= limits.metadataEdits,
        `must have at most ${limits.metadataEdits} keys`,
      )
      .optional(),
    unset: z
      .array(metadataKey)
      .max(limits.metadataEdits)
      .optional()
      .meta({ description: "Keys to remove, even if the machine's configuration sets them." }),
    reset: z
      .array(metadataKey)
      .max(limits.metadataEdits)
      .optional()
      .meta({ description: "Keys to return to the value in the machine's configuration." }),
  })
  .meta({ id: "EditMetadata" });

export type EditMetadataBody = z.infer<typeof editMetadataBody>;
