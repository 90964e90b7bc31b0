import * as z from "zod";
import { limits } from "../limits.ts";

export const metadataKey = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z0-9_.-]+$/, "must be a metadata key of A-Z a-z 0-9 _ . -, and not __proto__")
  .max(limits.metadataKeyCharacters);

/** Text without lone surrogates, which UTF-8 cannot encode. */
export const metadataValue = z
  .string()
  .min(1)
  .max(limits.metadataValueCharacters)
  .refine((value) => value.isWellFormed(), "contains a lone surrogate, half of a character; send valid text");
