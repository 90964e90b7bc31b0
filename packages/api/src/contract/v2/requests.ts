import { isSecretName } from "@flotilla/unit";
import * as z from "zod";
import { limits } from "../limits.ts";
import { planAnswer } from "./planning.ts";
import { MACHINE_NAMES } from "./machine-requests.ts";
import {
  awayMachineEntity,
  desiredState,
  holdEntity,
  machineEntity,
  restartNumber,
  unitEntity,
  unitStateEntity,
} from "./entities.ts";

export * from "./inspection.ts";

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(limits.pageItems).default(100),
  pageToken: z.string().optional().meta({ description: "The nextPageToken of the previous page." }),
};

export const noParams = z.strictObject({});
export const noBody = z.undefined();
export const nameParams = z.strictObject({ name: z.string() });
export const noQuery = z.strictObject({});
export const unitsQuery = z.strictObject({
  ...pageQuery,
  name: z.string().max(limits.globCharacters).optional().meta({ description: "A shell-style glob over names." }),
  troubled: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .meta({ description: "Only the units that are wanted and do not run, or are not loaded. Default false." }),
});
export const statesQuery = z.strictObject({
  ...pageQuery,
  unitName: z.string().optional(),
  machineID: z.string().optional().meta({ description: MACHINE_NAMES }),
});
export const machinesQuery = z.strictObject({
  ...pageQuery,
  details: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .meta({ description: "Also the state of each machine, what its units reserve, and members that are away." }),
});

export const watchQuery = z.strictObject({
  from: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: "The first revision to watch. Default: the next revision." }),
});

export const putUnitBody = z
  .strictObject({
    file: z.string().optional().meta({ description: "The unit file's text, stored byte for byte." }),
    desiredState: desiredState.optional(),
    replace: z
      .boolean()
      .optional()
      .meta({ description: "Replace a stored file that differs from `file`. Default false." }),
    restart: z
      .boolean()
      .optional()
      .meta({
        description:
          "Restart the unit once on the machines where it was started; a global unit, one copy after another. " +
          "The desired state must be launched. Default false.",
      }),
    dryRun: z.boolean().optional().meta({
      description: "Change nothing, and tell in `plan` what would happen. Not with `restart`. Default false.",
    }),
  })
  .meta({ id: "PutUnit" });

const alsoChanged = z.array(
  z.object({
    name: z.string(),
    desiredState,
    restart: z.boolean(),
    because: z.string().meta({ description: "The option of a unit file, as in `BindsTo=b.service of a.service`." }),
  }),
);

export const putUnitAnswer = z
  .object({
    unit: z.object({ name: z.string(), hash: z.string(), desiredState, restart: restartNumber }),
    created: z.boolean(),
    changed: z.boolean().meta({ description: "False if the request changed nothing." }),
    differs: z.boolean().meta({ description: "The stored file differs from `file` and was kept." }),
    warnings: z.array(z.string()),
    also: alsoChanged
      .optional()
      .meta({ description: "Other units that the request changed because of dependencies; absent for none." }),
    plan: planAnswer.optional().meta({ description: "For `dryRun`: what would happen. Nothing was changed." }),
  })
  .meta({ id: "PutUnitAnswer" });

const nextPageToken = z.string().optional();
export const unitsPage = z.object({ units: z.array(unitEntity), nextPageToken }).meta({ id: "UnitsPage" });
export const statesPage = z.object({ states: z.array(unitStateEntity), nextPageToken }).meta({ id: "StatesPage" });
export const machinesPage = z
  .object({
    machines: z.array(machineEntity),
    hold: holdEntity.optional(),
    away: z
      .array(awayMachineEntity)
      .optional()
      .meta({ description: "With details=true, in the first page: the members that are not in the cluster now." }),
    nextPageToken,
  })
  .meta({ id: "MachinesPage" });

export const releaseHoldAnswer = z
  .object({ released: z.boolean().meta({ description: "False if there was no hold." }) })
  .meta({ id: "ReleaseHoldAnswer" });

/** The version of the backup's form; incompatible changes increase it. */
export const BACKUP_VERSION = 1;

export const backupAnswer = z
  .object({
    version: z.literal(BACKUP_VERSION),
    units: z.array(z.object({ name: z.string(), desiredState, file: z.string() })),
    machines: z.array(
      z.object({
        id: z.string(),
        metadata: z.record(z.string(), z.string().nullable()).meta({ description: "Null removes the key." }),
      }),
    ),
    unreadable: z.array(z.string()).meta({ description: "Units missing in the backup because they cannot be read." }),
  })
  .meta({ id: "Backup", description: "All units and machine settings as of one revision." });

export const moveStoreBody = z
  .object({
    to: z.string().meta({ description: "The other store: `etcd=URL,...` or `embedded[=PATH]`." }),
  })
  .meta({ id: "MoveStore" });

export const storeAnswer = z
  .object({
    store: z.string().meta({ description: "The cluster's store: `etcd=URL,...` or `embedded=PATH`." }),
    move: z
      .object({
        from: z.string(),
        to: z.string(),
        state: z.enum(["running", "done", "failed"]),
        step: z.string().meta({ description: "What the daemon does now, or did last." }),
        done: z.number().int().meta({ description: "Keys copied or compared so far." }),
        of: z.number().int().meta({ description: "Keys to copy and compare; 0 before the copy begins." }),
        reason: z.string().meta({ description: "Why the move failed; empty otherwise." }),
      })
      .optional()
      .meta({ description: "The latest move to another store since this daemon has started." }),
  })
  .meta({ id: "Store" });

export const secretParams = z.strictObject({
  name: z
    .string()
    .refine(
      isSecretName,
      "must be a secret's name: 1 to 80 printable ASCII characters without blanks, colons and slashes",
    ),
});

export const deleteSecretQuery = z.strictObject({
  force: z
    .stringbool({ truthy: ["true"], falsy: ["false"] })
    .optional()
    .meta({ description: "Delete the secret even if units name it. Default false." }),
});

export const putSecretBody = z
  .strictObject({
    value: z.base64("must be base64").meta({ description: "The value in base64. No route returns it." }),
    replace: z
      .boolean()
      .optional()
      .meta({ description: "True: the secret must exist, and gets a new version. Default false: it must not exist." }),
  })
  .meta({ id: "PutSecret" });

export const putSecretAnswer = z
  .object({
    version: z.number().int(),
    changed: z.boolean().meta({ description: "False if the secret already had this value." }),
    units: z.array(z.string()).meta({ description: "The units that name the secret." }),
  })
  .meta({ id: "PutSecretAnswer" });

export const secretsAnswer = z
  .object({
    secrets: z.array(
      z.object({
        name: z.string(),
        version: z.number().int().meta({ description: "Counts the values that the secret has had, from 1." }),
        size: z.number().int().meta({ description: "Bytes of the value." }),
        createdAt: z.string().meta({ description: "RFC 3339, by a server's clock." }),
        updatedAt: z.string().meta({ description: "When the secret got its present value." }),
        units: z.array(z.string()).meta({ description: "The units that name the secret." }),
      }),
    ),
    missing: z
      .array(z.object({ name: z.string(), units: z.array(z.string()) }))
      .meta({ description: "Secrets that units name and that do not exist." }),
  })
  .meta({ id: "Secrets", description: "All secrets, sorted by name, without their values." });

export const versionAnswer = z
  .object({ version: z.string(), machineID: z.string(), leader: z.string().optional() })
  .meta({ id: "Version" });

export type PutUnitBody = z.infer<typeof putUnitBody>;
export type PutUnitAnswer = z.infer<typeof putUnitAnswer>;
export type UnitsPage = z.infer<typeof unitsPage>;
export type StatesPage = z.infer<typeof statesPage>;
export type MachinesPage = z.infer<typeof machinesPage>;
export type ReleaseHoldAnswer = z.infer<typeof releaseHoldAnswer>;
export type Backup = z.infer<typeof backupAnswer>;
export type MoveStoreBody = z.infer<typeof moveStoreBody>;
export type StoreAnswer = z.infer<typeof storeAnswer>;
export type PutSecretBody = z.infer<typeof putSecretBody>;
export type PutSecretAnswer = z.infer<typeof putSecretAnswer>;
export type SecretsAnswer = z.infer<typeof secretsAnswer>;
export type VersionAnswer = z.infer<typeof versionAnswer>;
