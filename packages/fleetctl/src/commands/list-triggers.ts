import type { SocketsAnswer, TimersAnswer } from "@flotilla/api/client";
import { matchesGlob } from "@flotilla/unit";
import { isPattern } from "../arguments/unit-argument.ts";
import { type Place, withMachines } from "../cluster/with-machines.ts";
import type { Context } from "../context.ts";
import { type Declare, examples } from "./declaration.ts";
import { listRows, withCluster } from "./list-rows.ts";
import { addListingOptions, listOptionsOf } from "./listing-options.ts";
import { duration } from "../output/duration.ts";

interface Timer extends Place<TimersAnswer["timers"][number]> {
  /** The moment of the listing, milliseconds since the epoch. */
  readonly now: number;
}

type Socket = Place<SocketsAnswer["sockets"][number]> & { readonly listen: string };

const timerColumns = withCluster<Timer>({
  next: ({ next = "" }) => next,
  left: ({ next, now }) => (next === undefined ? "" : duration(Date.parse(next) - now)),
  last: ({ last = "" }) => last,
  passed: ({ last, now }) => (last === undefined ? "" : duration(now - Date.parse(last))),
  unit: ({ unit }) => unit,
  activates: ({ activates = "" }) => activates,
  machine: ({ machine = "" }) => machine,
});

const socketColumns = withCluster<Socket>({
  listen: ({ listen }) => listen,
  type: ({ listens }) => listens[0]?.type ?? "",
  unit: ({ unit }) => unit,
  activates: ({ activates }) => activates.join(","),
  machine: ({ machine = "" }) => machine,
});

/** Timers and sockets, as systemd has them on their machines. */
export const declareListTriggers: Declare = (program, run) => {
  const timers = program
    .command("list-timers")
    .summary("list timers with their next and last elapse, and their machines")
    .description(
      "Lists the wanted timers with the times that systemd reports on their machines, the one that elapses next first. " +
        "A timer without a machine, or of a machine that does not answer, is listed without times.",
    )
    .argument("[unit...]", "timer names, or patterns over unit names; default all");
  addListingOptions(timers, timerColumns, "next,left,last,passed,unit,activates,machine")
    .addHelpText("after", examples("fleetctl list-timers", "fleetctl list-timers 'backup@*' --output json"))
    .action((names: string[]) =>
      run((context) =>
        listRows(context, timerColumns, listOptionsOf(timers), (one) =>
          timersOf(one, names, listOptionsOf(timers).full ?? false),
        ),
      ),
    );
  const sockets = program
    .command("list-sockets")
    .summary("list sockets with their addresses and machines")
    .description(
      "Lists the wanted sockets with what they listen on, as systemd reports on their machines, one line for each address. " +
        "A socket without a machine, or of a machine that does not answer, is listed without addresses.",
    )
    .argument("[unit...]", "socket names, or patterns over unit names; default all");
  addListingOptions(sockets, socketColumns, "listen,unit,activates,machine")
    .addHelpText(
      "after",
      examples("fleetctl list-sockets", "fleetctl list-sockets web.socket --no-legend --fields listen,machine"),
    )
    .action((names: string[]) =>
      run((context) =>
        listRows(context, socketColumns, listOptionsOf(sockets), (one) =>
          socketsOf(one, names, listOptionsOf(sockets).full ?? false),
        ),
      ),
    );
};

async function timersOf(context: Context, names: readonly string[], full: boolean): Promise<readonly Timer[]> {
  const { timers, unreachable } = await (await context.client()).listTimers(context.signal);
  tellOf(context, unreachable);
  const now = context.environment.clock.wall();
  const meant = timers.filter(({ unit }) => isMeant(unit, ".timer", names));
  const rows = await withMachines(context, meant, full);
  return rows.map((row) => ({ ...row, now })).toSorted((a, b) => timeOf(a) - timeOf(b));
}

async function socketsOf(context: Context, names: readonly string[], full: boolean): Promise<readonly Socket[]> {
  const { sockets, unreachable } = await (await context.client()).listSockets(context.signal);
  tellOf(context, unreachable);
  const meant = sockets.filter(({ unit }) => isMeant(unit, ".socket", names));
  const rows = await withMachines(context, meant, full);
  return rows.flatMap((row) =>
    row.listens.length === 0
      ? [{ ...row, listen: "" }]
      : row.listens.map((listen) => ({ ...row, listens: [listen], listen: listen.address })),
  );
}

/** As in systemctl, a timer that never elapses again comes last. */
function timeOf({ next }: Timer): number {
  return next === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(next);
}

function tellOf(context: Context, unreachable: TimersAnswer["unreachable"]): void {
  for (const { message } of unreachable) context.tell(`WARNING: ${message}`);
}

function isMeant(unit: string, suffix: string, names: readonly string[]): boolean {
  return (
    names.length === 0 ||
    names.some((name) => (isPattern(name) ? matchesGlob(name, unit) : unit === name || unit === `${name}${suffix}`))
  );
}
