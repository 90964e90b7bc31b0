import * as z from "zod";
import { JOURNAL_BOOT, JOURNAL_INVOCATION, JOURNAL_OUTPUTS, JOURNAL_PRIORITY } from "@flotilla/unit";
import { limits } from "../limits.ts";
import { machineFilter } from "./machine-filter.ts";
import { signalNumber } from "../signal-number.ts";
import { MACHINE_NAMES } from "./machine-requests.ts";

export * from "./live-facts.ts";

export const statusQuery = z.strictObject({ machine: machineFilter });

export const journalOutput = z.enum(JOURNAL_OUTPUTS);

/** A cursor as in sd_journal_get_cursor(3): hexadecimal numbers, each after a letter and `=`. */
export const journalCursor = z
  .string()
  .max(512)
  .regex(/^[a-z]=[0-9a-f]+(;[a-z]=[0-9a-f]+)*$/, "must be the __CURSOR of a journal entry");

const time = z.iso.datetime({ offset: true });

/** The options of journalctl(1) with the same names. */
export const journalFilter = {
  since: time.optional().meta({ description: "Only entries from this time on (RFC 3339)." }),
  until: time.optional().meta({ description: "Only entries up to this time (RFC 3339)." }),
  priority: z.string().regex(JOURNAL_PRIORITY, "must be a priority such as err or 3, or a range FROM..TO").optional(),
  grep: z
    .string()
    .min(1)
    .max(limits.journalPatternCharacters)
    .regex(/^\P{Cc}*$/u, "must not contain control characters")
    .optional()
    .meta({ description: "A Perl-compatible regular expression over messages." }),
  boot: z
    .string()
    .regex(JOURNAL_BOOT, "must be a boot's ID, or an offset such as 0 or -1")
    .optional()
    .meta({ description: "Only entries of this boot of the machine." }),
  invocation: z
    .string()
    .regex(JOURNAL_INVOCATION, "must be an invocation ID of 32 hexadecimal digits")
    .optional()
    .meta({ description: "Only entries of this run of the unit." }),
};

export const journalQuery = z.strictObject({
  machine: machineFilter.meta({
    description: `A machine of the unit or of its \`attempts\`. ${MACHINE_NAMES}`,
  }),
  lines: z.coerce.number().int().min(0).max(limits.journalLines).default(10),
  cursor: journalCursor.optional().meta({
    description: "The `__CURSOR` of an entry. The journal begins after this entry instead of with the last `lines`.",
  }),
  follow: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
  output: journalOutput.default("short"),
  ...journalFilter,
});

export const killWhom = z.enum(["main", "control", "all"]);

const signal = z.union([z.string(), z.number()]).transform((given, context) => {
  const number = signalNumber(String(given));
  if (number !== undefined) return number;
  context.addIssue(`cannot parse signal ${JSON.stringify(given)}; write HUP, SIGHUP or 1`);
  return z.NEVER;
});

export const unitActionBody = z
  .discriminatedUnion("action", [
    z.strictObject({
      action: z.literal("kill"),
      machine: machineFilter,
      signal: signal.optional().meta({ description: "A name or a number. Default SIGTERM." }),
      whom: killWhom.optional().meta({
        description: "The unit's main process, its control process, or all of its processes. Default all.",
      }),
    }),
    z.strictObject({ action: z.enum(["reset-failed", "reload", "restart"]), machine: machineFilter }),
  ])
  .meta({
    id: "UnitAction",
    description: "An action of the systemctl command of the same name, on the unit's machines.",
  });

const unitStatus = z.object({
  machineID: z.string(),
  code: z
    .number()
    .int()
    .meta({ description: "systemctl's exit code; 4, status unknown (LSB), if the machine did not answer." }),
  text: z.string(),
});
export const unitStatuses = z.object({ statuses: z.array(unitStatus) }).meta({ id: "UnitStatuses" });

const unitActionResult = z.object({
  machineID: z.string(),
  ok: z.boolean(),
  message: z.string().meta({ description: "The message of systemd or the machine; may be empty on success." }),
});
export const unitActionResults = z
  .object({ results: z.array(unitActionResult) })
  .meta({ id: "UnitActionResults", description: "The result on each machine." });

export type UnitStatus = z.infer<typeof unitStatus>;
export type UnitStatuses = z.infer<typeof unitStatuses>;
export type UnitActionBody = z.input<typeof unitActionBody>;
export type UnitActionResult = z.infer<typeof unitActionResult>;
