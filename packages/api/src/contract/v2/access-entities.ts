import * as z from "zod";
import { ADMISSION_RULES, ROLES, type Verb, VERBS } from "@flotilla/access";
import { limits } from "../limits.ts";
import { metadataKey, metadataValue } from "./metadata.ts";

export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});
export const tokenParams = z.strictObject({ token: z.string().min(1) });

/** The name of a token in lists and logs. */
const tokenName = z
  .string()
  .max(limits.tokenNameCharacters)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]*$/, "must be a name of A-Z a-z 0-9 _ . @ -, which begins with a letter or digit");

const unitGlob = z.string().min(1).max(limits.globCharacters);

const scopeFields = {
  units: z.array(unitGlob).max(limits.tokenUnits).optional().meta({ description: "Globs of a deployer's units." }),
  machineMetadata: z
    .record(metadataKey, metadataValue)
    .refine((pairs) => Object.keys(pairs).length <= limits.tokenUnits, `must have at most ${limits.tokenUnits} keys`)
    .optional()
    .meta({ description: "Metadata that a deployer's units must require of their machines." }),
  admit: z.enum(ADMISSION_RULES).optional().meta({ description: "The admission rule for a deployer's unit files." }),
  users: z
    .array(z.string())
    .max(limits.tokenUnits)
    .optional()
    .meta({ description: "Users of the hosts as whom a deployer's unprivileged units may run." }),
};

export const createTokenBody = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("api"),
      name: tokenName,
      role: z.enum(ROLES),
      ...scopeFields,
      ttlSeconds: z
        .number()
        .int()
        .min(1)
        .max(limits.tokenTtlSeconds)
        .optional()
        .meta({ description: "Seconds until the token expires. Default: the token never expires." }),
    }),
    z.strictObject({
      kind: z.literal("join"),
      name: tokenName.optional().meta({ description: "Default: `join-` and the token's ID." }),
      ttlSeconds: z.number().int().min(1).max(limits.tokenTtlSeconds),
      uses: z.number().int().min(1).max(limits.tokenUses).meta({ description: "Machines that may join with it." }),
      metadata: z
        .record(metadataKey, metadataValue)
        .refine(
          (pairs) => Object.keys(pairs).length <= limits.tokenUnits,
          `must have at most ${limits.tokenUnits} keys`,
        )
        .meta({ description: "Metadata that the token vouches for." }),
      server: z
        .boolean()
        .meta({ description: "Whether machines that join become servers and get the credentials of the store." }),
    }),
  ])
  .meta({ id: "CreateToken" });

export const tokenEntity = z
  .object({
    id: z.string(),
    kind: z.enum(["api", "join"]),
    name: z.string(),
    role: z.enum(ROLES).optional(),
    units: z.array(z.string()).optional(),
    machineMetadata: z.record(z.string(), z.string()).optional(),
    admit: z.enum(ADMISSION_RULES).optional(),
    users: z.array(z.string()).optional(),
    usesLeft: z.number().int().optional().meta({ description: "Of a join token." }),
    metadata: z.record(z.string(), z.string()).optional().meta({ description: "Of a join token." }),
    server: z.boolean().optional().meta({ description: "Of a join token." }),
    createdAt: z.string().meta({ description: "RFC 3339." }),
    expiresAt: z.string().optional(),
    lastUsedAt: z.string().optional().meta({ description: "Noted at most once an hour." }),
  })
  .meta({ id: "Token", description: "A token without its secret." });

export const createTokenAnswer = z
  .object({
    token: tokenEntity,
    secret: z.string().meta({ description: "The text to send as Authorization: Bearer. It is shown only here." }),
  })
  .meta({ id: "CreateTokenAnswer" });

export const tokensAnswer = z.object({ tokens: z.array(tokenEntity) }).meta({ id: "Tokens" });

export const canIQuery = z.strictObject({
  verb: z.enum(Object.keys(VERBS) as [Verb, ...Verb[]]),
  unit: z.string().optional().meta({ description: "The unit, for a verb on units. Default: any unit." }),
});

export const canIAnswer = z
  .object({
    allowed: z.boolean(),
    reason: z.string().optional().meta({ description: "The missing right, why it is missing, and what to do." }),
  })
  .meta({ id: "CanI" });

export const whoAmIAnswer = z
  .object({
    kind: z.enum(["local", "open", "token", "certificate", "machine"]),
    name: z.string().optional(),
    role: z.enum(ROLES).optional(),
    units: z.array(z.string()).optional(),
    machineMetadata: z.record(z.string(), z.string()).optional(),
    admit: z.enum(ADMISSION_RULES).optional(),
    users: z.array(z.string()).optional(),
  })
  .meta({ id: "WhoAmI", description: "The caller of this request, as the server knows it." });

export const authorityAnswer = z
  .object({
    certificate: z.string().meta({ description: "The certificate of the cluster's authority, PEM." }),
    previous: z.string().optional().meta({
      description:
        "The certificate of the authority before the latest rotation, PEM, while it vouches for the present one.",
    }),
  })
  .meta({ id: "Authority" });

export type CreateTokenBody = z.infer<typeof createTokenBody>;
export type TokenEntity = z.infer<typeof tokenEntity>;
export type CreateTokenAnswer = z.infer<typeof createTokenAnswer>;
export type CanIAnswer = z.infer<typeof canIAnswer>;
export type WhoAmIAnswer = z.infer<typeof whoAmIAnswer>;
export type AuthorityAnswer = z.infer<typeof authorityAnswer>;
