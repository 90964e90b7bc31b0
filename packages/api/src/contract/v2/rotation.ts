import * as z from "zod";

const authority = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hexadecimal digits")
  .meta({ description: "SHA-256 of the certificate of the cluster's authority: the pin of tokens." });

export const beginRotationBody = z
  .strictObject({
    force: z.boolean().default(false).meta({ description: "Also if servers are of a version that cannot take part." }),
  })
  .meta({ id: "BeginRotation" });

export const endRotationBody = z
  .strictObject({
    authority,
    force: z
      .enum(["away", "all"])
      .optional()
      .meta({
        description:
          "End without the machines that are away, or without all that lag behind. Tokens that pin the former authority " +
          "end, too.",
      }),
  })
  .meta({ id: "EndRotation" });

export const rotationAnswer = z
  .object({
    authority,
    state: z.enum(["none", "running"]),
    since: z.string().optional().meta({ description: "When the rotation began, RFC 3339." }),
    lagging: z
      .array(
        z.object({
          machineID: z.string(),
          role: z.enum(["server", "agent"]),
          present: z.boolean().meta({ description: "Whether the machine's daemon is in the cluster now." }),
        }),
      )
      .meta({
        description:
          "During a rotation, and in the answer to its end: the machines without a certificate of the present authority. " +
          "Otherwise the servers that cannot take part in a rotation, because of their version.",
      }),
  })
  .meta({ id: "Rotation" });

export type BeginRotationBody = z.input<typeof beginRotationBody>;
export type EndRotationBody = z.infer<typeof endRotationBody>;
export type RotationAnswer = z.infer<typeof rotationAnswer>;
