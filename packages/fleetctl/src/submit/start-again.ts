import { isOver } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import { parseUnitFile, readableValues } from "@flotilla/unit";
import type { Context } from "../context.ts";
import type { ObservedUnit } from "../wait/observed-unit.ts";
import { isStartFailed } from "../wait/verdict.ts";

/** A unit to be started again on a machine. */
export interface Retried {
  readonly name: string;
  readonly machine: string;
}

/**
 * The machines where a unit has failed for good or was stopped: the cluster leaves it so, as systemd does, until
 * somebody asks for another start. What they report is from before that, and decides nothing yet. A oneshot that has
 * finished is as it was asked to be: what it does is done once.
 */
export async function takeAsStale(
  context: Context,
  { name, intent, places, states, stale }: ObservedUnit,
): Promise<readonly string[]> {
  const current = [...states.values()].filter(
    (state) =>
      places.has(state.machineID) &&
      state.hash === intent?.hash &&
      // What systemd is about to start by itself needs no other start.
      state.sub !== "auto-restart",
  );
  const failed = current.filter(isStartFailed);
  const over = current.filter(isOver);
  const again = over.length === 0 || (await isOneshot(context, name)) ? failed : [...failed, ...over];
  for (const { machineID } of again) stale.add(machineID);
  return again.map(({ machineID }) => machineID);
}

async function isOneshot(context: Context, name: string): Promise<boolean> {
  const file = await (await context.client()).getUnitFile(name, context.signal);
  const { options } = parseUnitFile(file);
  return readableValues(options, "Service", "Type", (type) => SERVICE_TYPES.includes(type)).at(-1) === "oneshot";
}

/** The words that systemd knows (systemd.service(5)). */
const SERVICE_TYPES = ["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"];

/** Starts that are under way. */
export interface Retries extends Disposable {
  /**
   * Waits for their answers, but no longer than for any request: they may take as long as the starts do.
   * @returns false if one could not be asked for; it has been told.
   */
  sent(): Promise<boolean>;
}

/** Has systemd start units again. How that ends is seen in their states; disposing ends the waiting for answers. */
export function startAgain(context: Context, units: readonly Retried[]): Retries {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const isSent = Promise.all(units.map((unit) => askOnce(context, unit, signal)));
  isSent.catch(() => {});
  return {
    async sent() {
      const limit = context.environment.clock.sleep(context.flags.requestTimeoutMs, signal).then(() => []);
      return (await Promise.race([isSent, limit])).every(Boolean);
    },
    [Symbol.dispose]: () => over.abort(),
  };
}

async function askOnce(context: Context, { name, machine }: Retried, signal: AbortSignal): Promise<boolean> {
  try {
    await (await context.client()).actOnUnit(name, { action: "restart", machine }, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    context.tell(`Unit ${name} cannot be started again: ${messageOf(error)}`);
    return false;
  }
}
