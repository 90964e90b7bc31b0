import * as z from "zod";

export const errorBody = z
  .object({
    code: z.number().int().meta({ description: "The HTTP status." }),
    id: z.string().meta({ description: "The error's id for programs; docs/reference/errors.md lists all ids." }),
    message: z.string().meta({ description: "What happened, why, and what to do." }),
    reasons: z.array(z.string()).optional(),
  })
  .meta({ id: "ErrorBody" });

export const errorAnswer = z.object({ error: errorBody }).meta({ id: "Error" });

export type ErrorBody = z.infer<typeof errorBody>;
export type ErrorAnswer = z.infer<typeof errorAnswer>;
