import type { AuditAnswer, AuditEntry } from "@flotilla/api/client";
import { InvalidArgumentError, Option } from "commander";
import { parsePastTime } from "../arguments/past-time.ts";
import { isPattern, unitNameOf } from "../arguments/unit-argument.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { type Columns, writeListing } from "../output/listing.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface AuditOptions {
  readonly since?: string;
  readonly by?: string;
  readonly lines: number;
  readonly output: "text" | "json";
}

/** The API's limit. */
const MOST_LINES = 10_000;

export const declareAudit: Declare = (program, run) => {
  program
    .command("audit")
    .summary("show who changed what, and what was refused")
    .description(
      "Shows the changes that were made through the API, and the requests that were refused, with who made them and from " +
        "where. The servers keep the entries in their journals; the newest entries of all servers are shown, the oldest first.",
    )
    .argument("[unit]", "only entries about this unit")
    .option("--since <time>", "only entries from this time on: a duration such as 2h or 7d, or a date")
    .option("--by <name>", "only entries of this name, such as a token's, or this kind of identity, such as token")
    .addOption(
      new Option("-n, --lines <n>", "the newest so many entries").default(100, "100").argParser((text) => {
        if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_LINES) return Number(text);
        throw new InvalidArgumentError(`Use a whole number from 1 to ${MOST_LINES}.`);
      }),
    )
    .addOption(output())
    .addHelpText(
      "after",
      examples(
        "fleetctl audit --since 2h",
        "fleetctl audit --by ci web.service",
        "fleetctl audit -n 1000 --output json",
      ),
    )
    .action((unit: string | undefined, options: AuditOptions) => run((context) => audit(context, unit, options)));
};

async function audit(context: Context, unit: string | undefined, options: AuditOptions): Promise<number> {
  if (unit !== undefined && isPattern(unit))
    throw new UsageError(`cannot use the pattern ${unit}: audit takes one unit; leave it out to see all entries`);
  const { since, by, lines: limit } = options;
  const query = {
    limit,
    ...(since !== undefined && {
      since: new Date(parsePastTime(since, "--since", context.environment.clock.wall())).toISOString(),
    }),
    ...(by !== undefined && { by }),
    ...(unit !== undefined && { unit: unitNameOf(unit) }),
  };
  const client = await context.client();
  const answer = await client.readAudit(query, context.signal);
  if (options.output === "json") writeJson(context.environment.stdout, answer.entries);
  else writeListing(context.environment.stdout, answer.entries, columns, TABLE);
  await tellMissing(context, answer);
  return answer.missing.length > 0 ? exitCode.partial : exitCode.ok;
}

async function tellMissing(context: Context, { missing }: AuditAnswer): Promise<void> {
  if (missing.length === 0) return;
  const machines = new MachineLegends(await context.client(), context.signal);
  for (const { machineID, message } of missing)
    context.tell(`the entries of server ${await machines.legend(machineID)} are missing: ${message}`);
}

const columns: Columns<AuditEntry> = {
  time: ({ time }) => time,
  who: ({ who, name }) => (name === undefined ? who : `${who}:${name}`),
  from: ({ from = "", via }) => (via === undefined ? from : `${from}@${via.slice(0, 8)}`),
  verb: ({ verb }) => verb,
  what: ({ unit, object = "" }) => unit ?? object,
  revision: ({ revision }) => revision?.toString() ?? "",
  result: ({ result }) => result,
  reason: ({ reason = "" }) => reason,
};

const TABLE = { fields: Object.keys(columns).join(","), legend: true, output: "text" } as const;
