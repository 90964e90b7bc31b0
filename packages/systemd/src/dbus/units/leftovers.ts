import { constants } from "node:os";
import { Backoff, type Clock } from "@flotilla/runtime";
import { ProcessesLeftError } from "../../unit-manager-error.ts";
import { asArray } from "../session/decode.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import { unlessRefused } from "../session/unless-refused.ts";

/** About 4 s in total, with the pauses: a process that outlasts SIGKILL for so long hangs in the kernel. */
const MOST_KILLS = 20;

/** See UnitManager.killLeftovers. */
export async function killLeftovers(
  session: Pick<SystemdSession, "manager" | "lost">,
  name: string,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  signal?: AbortSignal,
): Promise<number> {
  const found = await countProcesses(session, name, signal);
  const backoff = new Backoff({ first: 10, most: 250, random });
  for (let left = found; left > 0; left = await countProcesses(session, name, signal)) {
    if (backoff.failures >= MOST_KILLS) throw new ProcessesLeftError(name, left);
    // Refused when the last process has ended meanwhile.
    await unlessRefused(session.manager("KillUnit", "ssi", [name, "all", constants.signals.SIGKILL], () => {}, signal));
    await clock.sleep(backoff.next(), signal ? AbortSignal.any([signal, session.lost]) : session.lost);
  }
  return found;
}

/** The processes in the unit's control group and its children; 0 for a unit that systemd has not loaded. */
async function countProcesses(
  session: Pick<SystemdSession, "manager">,
  name: string,
  signal?: AbortSignal,
): Promise<number> {
  const count = ([processes]: readonly unknown[]): number => asArray(processes).length;
  // systemd keeps a unit loaded while its control group has processes.
  return (await unlessRefused(session.manager("GetUnitProcesses", "s", [name], count, signal))) ?? 0;
}
