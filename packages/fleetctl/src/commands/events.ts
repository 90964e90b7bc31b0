import { EVENT_KINDS, type EventEntity } from "@flotilla/api/client";
import { InvalidArgumentError, Option } from "commander";
import { parsePastTime } from "../arguments/past-time.ts";
import type { Context } from "../context.ts";
import { EVENT_HEADER, eventText } from "../events/event-text.ts";
import { eventsSubject } from "../events/events-subject.ts";
import { followEvents } from "../events/follow-events.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface EventsOptions {
  readonly follow: boolean;
  readonly since?: string;
  readonly kind?: string;
  readonly lines: number;
  readonly output: "text" | "json";
}

/** The API's limit. */
const MOST_LINES = 10_000;

export const declareEvents: Declare = (program, run) => {
  program
    .command("events")
    .summary("show what happened in the cluster, and why")
    .description(
      "Shows decisions, failures, machines that came and went, and what people asked for, with their reasons; the newest " +
        "events, the oldest first. With --follow, fleetctl resumes at another server when one stops.",
    )
    .argument("[unit|machine]", "only events about this unit, or this machine")
    .option("-f, --follow", "show new events as they happen, until Ctrl-C", false)
    .option("--since <time>", "only events from this time on: a duration such as 2h or 7d, or a date")
    .option("--kind <kinds>", `only events of these kinds, separated by commas: ${EVENT_KINDS.join(", ")}`, parseKinds)
    .addOption(
      new Option("-n, --lines <n>", "the newest so many events").default(100, "100").argParser((text) => {
        if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_LINES) return Number(text);
        throw new InvalidArgumentError(`Use a whole number from 1 to ${MOST_LINES}.`);
      }),
    )
    .addOption(output("output format: text, or json with one event a line"))
    .addHelpText(
      "after",
      examples(
        "fleetctl events --since 1h",
        "fleetctl events -f web.service",
        "fleetctl events --kind moved,machine-lost 113f16a7",
      ),
    )
    .action((subject: string | undefined, options: EventsOptions) =>
      run((context) => events(context, subject, options)),
    );
};

function parseKinds(text: string): string {
  const known: readonly string[] = EVENT_KINDS;
  const unknown = text.split(",").find((kind) => !known.includes(kind));
  if (unknown === undefined) return text;
  throw new InvalidArgumentError(`There is no kind ${JSON.stringify(unknown)}. Use some of ${known.join(",")}.`);
}

async function events(context: Context, subject: string | undefined, options: EventsOptions): Promise<number> {
  const { since, kind, lines: limit, follow } = options;
  const from = since === undefined ? undefined : parsePastTime(since, "--since", context.environment.clock.wall());
  const client = await context.client();
  const about = subject === undefined ? {} : await eventsSubject(client, subject, context.signal);
  const filter = { ...about, ...(kind !== undefined && { kind }) };
  const past = await client.listEvents(
    { ...filter, limit, ...(from !== undefined && { since: new Date(from).toISOString() }) },
    context.signal,
  );
  const isJson = options.output === "json";
  if (!isJson) context.print(EVENT_HEADER);
  for (const event of past.events) show(context, event, isJson);
  if (!follow) return exitCode.ok;
  return untilClosed(context, async (open) => {
    for await (const event of followEvents(open, filter, past.after)) {
      if (!show(open, event, isJson)) await context.environment.stdout.drained(open.signal);
    }
  });
}

/** @returns false if the reader of the output is slow. */
function show({ environment }: Context, event: EventEntity, isJson: boolean): boolean {
  return environment.stdout.write(`${isJson ? JSON.stringify(event) : eventText(event)}\n`);
}

/** Runs endless work until Ctrl-C, or until the reader of the output closes it, even while there is nothing to write. */
async function untilClosed(context: Context, work: (open: Context) => Promise<void>): Promise<number> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  void context.environment.outputClosed(signal).then(() => over.abort());
  try {
    await work({ ...context, signal });
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    over.abort();
  }
  return exitCode.ok;
}
