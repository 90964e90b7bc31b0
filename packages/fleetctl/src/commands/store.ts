import type { StoreAnswer } from "@flotilla/api/client";
import { isApiError, isRefusal } from "../cluster/api-refusal.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareStore: Declare = (program, run) => {
  const store = program
    .command("store")
    .summary("move the cluster to another store")
    .description(
      "Moves the cluster between the embedded store and etcd. Run this on the server, with its daemon running.",
    )
    .addHelpText(
      "after",
      examples("fleetctl store migrate --to etcd=http://10.0.0.1:2379", "fleetctl store migrate --to embedded"),
    );
  store
    .command("migrate")
    .summary("move the cluster to etcd, or to the embedded store")
    .description(
      "Moves the cluster to another store while its units run: checks the other store, stops writes, copies and compares " +
        "every key, changes fleet.conf, and lets the daemon continue with the other store. Until the copy is complete, a " +
        "failure leaves everything as it was. The cluster must have one server; other machines may be agents. Options of " +
        "etcd such as etcd_cafile are those of fleet.conf: set them first.",
    )
    .requiredOption("--to <store>", "etcd=URL,... or embedded[=PATH]")
    .addHelpText(
      "after",
      examples("fleetctl store migrate --to etcd=http://10.0.0.1:2379", "fleetctl store migrate --to embedded"),
    )
    .action(({ to }: { to: string }) => run((context) => migrate(context, to)));
};

/** How often the move is looked at, milliseconds. */
const POLL_MS = 250;

/** How long the daemon may not answer before fleetctl gives up, milliseconds. The move goes on without fleetctl. */
const SILENCE_MS = 60_000;

type Move = NonNullable<StoreAnswer["move"]>;

async function migrate(context: Context, to: string): Promise<number> {
  const client = await context.client();
  const begun = (await client.moveStore(to, context.signal)).move;
  if (!begun) throw new CommandError("the daemon has not begun the move; see journalctl -u fleet");
  context.tell(`Moving the cluster from ${begun.from} to ${begun.to}`);
  const { state, reason, from } = await untilEnded(context, begun);
  if (state === "failed") throw new CommandError(`the cluster stays in ${from}: ${reason}`);
  context.print(`The cluster uses ${begun.to} now`);
  context.tell(adviceOn(from));
  return exitCode.ok;
}

/** While the daemon copies the store, it does not answer. */
async function untilEnded(context: Context, begun: Move): Promise<Move> {
  const { clock } = context.environment;
  const client = await context.client();
  let move = begun;
  let heardAt = clock.monotonic();
  let shown = "";
  while (move.state === "running") {
    const step = textOf(move);
    if (step !== shown) context.tell(step);
    shown = step;
    await clock.sleep(POLL_MS, context.signal);
    try {
      const answer = await client.getStore(context.signal);
      move = answer.move ?? endedBy(answer.store, begun);
      heardAt = clock.monotonic();
    } catch (error) {
      context.signal.throwIfAborted();
      const isRefused = isApiError(error) && !isRefusal(error, "unavailable") && !isRefusal(error, "store-unavailable");
      if (isRefused || clock.monotonic() - heardAt > SILENCE_MS) throw error;
    }
  }
  return move;
}

/** The result of a move whose daemon was restarted: it knows only its store. */
function endedBy(store: string, begun: Move): Move {
  if (store === begun.to) return { ...begun, state: "done" };
  return { ...begun, state: "failed", reason: "the daemon was restarted during the move; run the command again" };
}

function textOf({ step, done, of }: Move): string {
  return of === 0 ? step : `${step}: ${done} of ${of} keys copied and compared`;
}

function adviceOn(former: string): string {
  if (former.startsWith("embedded="))
    return `The former store stays in ${former.slice("embedded=".length)}; no daemon uses it any more, and you may delete it`;
  return (
    `The former store stays in ${former}; no daemon uses it any more, and you may delete its keys ` +
    "(etcdctl del --prefix with etcd_key_prefix)"
  );
}
