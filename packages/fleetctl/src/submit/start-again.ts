import { isOver } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import { parseUnitFile, readableValues } from "@flotilla/unit";
import type { Context } from "../context.ts";
import type { ObservedUnit } from "../wait/observed-unit.ts";
import { isStartFailed } from "../wait/verdict.ts";

/** A unit to start again on a machine. */
export interface Retried {
  readonly name: string;
  readonly machine: string;
}

/**
 * Returns the machines on which a unit has failed or was stopped, and marks their states as stale. Like systemd, the
 * cluster starts such a unit only on request. A stale state, which is older than the request, must not decide the wait.
 * A oneshot that has finished is complete and does not count.
 */
export async function markStale(
  context: Context,
  { name, intent, places, states, stale }: ObservedUnit,
): Promise<readonly string[]> {
  const current = [...states.values()].filter(
    (state) =>
      places.has(state.machineID) &&
      state.hash === intent?.hash &&
      // systemd is about to start this unit anyway.
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

/** The service types that systemd knows (systemd.service(5)). */
const SERVICE_TYPES = ["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"];

/** Requested starts. */
export interface Retries extends Disposable {
  /**
   * Waits until all requests are answered. A daemon may delay its answer until its unit has started. The wait therefore
   * ends after the request timeout, which is not a failure.
   *
   * @returns false if a request failed; failures are written to stderr.
   */
  sent(): Promise<boolean>;
}

/** Asks systemd to start units again. The units' states show the outcome; disposing abandons the answers. */
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
    context.tell(`cannot start unit ${name} again: ${messageOf(error)}`);
    return false;
  }
}
