import * as z from "zod";

/** The path of the link on which an agent asks for a secret. */
export const SECRETS_PATH = "/secrets/v1/read";

export const readRequest = z.object({ unit: z.string(), name: z.string() });

/** `value` is in base64. */
export const readAnswer = z.object({ number: z.number(), value: z.string() });

/** Returns undefined for a text that is not such a message. */
export function decodeMessage<T>(schema: z.ZodType<T>, text: string): T | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}
