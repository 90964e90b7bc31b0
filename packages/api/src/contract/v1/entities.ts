import * as z from "zod";
import { metadataValue } from "../v2/requests.ts";

/** fleet's API v1 (fleet 1.0, schema/v1.json). Fields that are empty are left out, as fleet's encoder does. */
const unitOptionV1 = z.object({
  section: z.string().default(""),
  name: z.string().default(""),
  value: z.string().default(""),
});

/** The body of PUT /units/{name}; what fleet calls read-only is accepted and ignored, like anything unknown. */
export const putUnitBodyV1 = z.object({
  name: z.string().nullish(),
  options: z.array(unitOptionV1).nullish(),
  desiredState: z.enum(["", "inactive", "loaded", "launched"]).nullish(),
});

/** A metadata value is text as fleet documents it, or an object around it as fleet's code takes it. */
const valueV1 = z.union([metadataValue, z.object({ value: metadataValue }).transform(({ value }) => value)]);

/** /<machineID>/metadata/<key>; how long both may be is in `limits`. */
const METADATA_PATH = /^\/((?!\.{1,2}\/)[A-Za-z0-9_.-]{1,64})\/metadata\/((?!__proto__$)[A-Za-z0-9_.-]{1,256})$/;
const path = z
  .string()
  .regex(
    METADATA_PATH,
    "must be /<machineID>/metadata/<key>, both made of A-Z a-z 0-9 _ . -, the ID of up to 64 of them, the key of up to 256 and not __proto__",
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
