import * as z from "zod";
import { metadataValue } from "../v2/metadata.ts";

/** An option in fleet's API v1 (fleet 1.0, schema/v1.json). fleet's encoder omits empty fields. */
const unitOptionV1 = z.object({
  section: z.string().default(""),
  name: z.string().default(""),
  value: z.string().default(""),
});

/** The body of PUT /units/{name}. Fields that fleet calls read-only are ignored, like unknown fields. */
export const putUnitBodyV1 = z.object({
  name: z.string().nullish(),
  options: z.array(unitOptionV1).nullish(),
  desiredState: z.enum(["", "inactive", "loaded", "launched"]).nullish(),
});

/** A metadata value: text, as fleet documents, or an object with the text, as fleet's code accepts. */
const valueV1 = z.union([metadataValue, z.object({ value: metadataValue }).transform(({ value }) => value)]);

/** The form /<machineID>/metadata/<key>, with the lengths in `limits`. */
const METADATA_PATH = /^\/((?!\.{1,2}\/)[A-Za-z0-9_.-]{1,64})\/metadata\/((?!__proto__$)[A-Za-z0-9_.-]{1,256})$/;
const path = z
  .string()
  .regex(
    METADATA_PATH,
    "must be /<machineID>/metadata/<key>; use only A-Z a-z 0-9 _ . -, at most 64 characters for the ID and 256 for the key; the key __proto__ is not allowed",
  )
  .transform((text) => {
    const [, machineID = "", key = ""] = METADATA_PATH.exec(text) ?? [];
    return { machineID, key };
  });

export const patchMachinesBodyV1 = z.array(
  z.discriminatedUnion("op", [
    z.object({
      op: z.enum(["add", "replace"]),
      path,
      value: valueV1,
    }),
    z.object({ op: z.literal("remove"), path }),
  ]),
);

export interface UnitV1 {
  readonly name: string;
  readonly options?: readonly UnitOptionV1[];
  readonly desiredState: string;
  readonly currentState?: string;
  readonly machineID?: string;
}

export interface UnitStateV1 {
  readonly name: string;
  readonly hash?: string;
  readonly machineID: string;
  readonly systemdLoadState?: string;
  readonly systemdActiveState?: string;
  readonly systemdSubState?: string;
}

export interface MachineV1 {
  readonly id: string;
  readonly primaryIP?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export type UnitOptionV1 = z.infer<typeof unitOptionV1>;
