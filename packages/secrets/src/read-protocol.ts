import * as z from "zod";

/** The path of the link on which an agent asks for a secret. */
export const SECRETS_PATH = "/secrets/v1/read";

export const readRequest = z.object({ unit: z.string(), name: z.string() });

/** `value` is in base64. */
export const readAnswer = z.object({ number: z.number(), value: z.string() });
