import * as z from "zod";
import { MACHINE_NAMES } from "./machine-requests.ts";

const time = (description: string): z.ZodString =>
  z.string().meta({ description: `${description} (RFC 3339), by the machine's clock.` });

export const runEntity = z
  .object({
    machineID: z.string(),
    invocation: z
      .string()
      .meta({ description: "systemd's InvocationID of the run; the journal has it in each entry." }),
    startedAt: time("When the run began"),
    endedAt: time("When the run ended").optional().meta({ description: "Absent while the run lasts." }),
    result: z.string().meta({
      description:
        "The unit's `Result` as systemd names it: `success`, `exit-code`, `signal`, `timeout` and so on; empty while the " +
        "run lasts. `lost`: the machine was lost or rebooted during the run. `unknown`: nobody saw the end.",
    }),
    code: z
      .enum(["", "exited", "killed", "dumped"])
      .meta({ description: "How the main process ended; empty if that is unknown." }),
    status: z.number().int().meta({ description: "The exit status, or the number of the signal." }),
    exitCode: z.number().int().optional().meta({
      description:
        "As a shell gives it: the exit status, or 128 and the signal; 1 for another failure. Absent while the run lasts.",
    }),
  })
  .meta({ id: "Run", description: "One run of a service on one machine." });

export const runsAnswer = z
  .object({ runs: z.array(runEntity) })
  .meta({ id: "Runs", description: "The last runs of a unit, the latest first." });

export const startRunBody = z
  .strictObject({
    machine: z
      .string()
      .min(1)
      .optional()
      .meta({ description: `The machine, for a unit that is on several. ${MACHINE_NAMES}` }),
    id: z
      .string()
      .regex(/^[\w-]{1,64}$/, "must have 1 to 64 characters of A-Z a-z 0-9 _ -")
      .meta({
        description:
          "Chosen by the client. A repeated request with the same ID starts nothing, and returns the same run.",
      }),
  })
  .meta({ id: "StartRun" });

export const startRunAnswer = z
  .object({ machineID: z.string(), invocation: z.string() })
  .meta({ id: "StartedRun", description: "The run that was started." });

export type RunEntity = z.infer<typeof runEntity>;
export type StartRunBody = z.infer<typeof startRunBody>;
export type StartedRun = z.infer<typeof startRunAnswer>;
