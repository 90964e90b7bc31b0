import { asArray, asString, type Properties, variantValue } from "../session/decode.ts";
import { unitObjectPath } from "../session/object-path.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import { unlessRefused } from "../session/unless-refused.ts";
import type { SocketFacts, TimerFacts } from "../../port.ts";

/** The present moment on both of systemd's clocks, in microseconds. */
interface Now {
  readonly wall: number;
  /** CLOCK_MONOTONIC, in which systemd counts OnBootSec= and similar. */
  readonly monotonic: number;
}

/** systemd's value for a time that never comes. */
const NEVER = 2 ** 64 - 1;

/** Reads timers that systemd has loaded. */
export async function timerFacts(
  session: SystemdSession,
  names: readonly string[],
  now: Now,
  signal?: AbortSignal,
): Promise<readonly TimerFacts[]> {
  const read = async (name: string): Promise<TimerFacts | undefined> => {
    const found = await unlessRefused(session.properties(unitObjectPath(name), "Timer", signal));
    return found && timerOf(name, found, now);
  };
  return (await Promise.all(names.map(read))).filter((timer) => timer !== undefined);
}

/** Reads sockets that systemd has loaded. */
export async function socketFacts(
  session: SystemdSession,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<readonly SocketFacts[]> {
  const read = async (name: string): Promise<SocketFacts | undefined> => {
    const path = unitObjectPath(name);
    const [found, triggers] = await Promise.all([
      unlessRefused(session.properties(path, "Socket", signal)),
      unlessRefused(session.property(path, "Unit", "Triggers", (value) => asArray(value).map(asString), signal)),
    ]);
    return found && socketOf(name, found, triggers ?? []);
  };
  return (await Promise.all(names.map(read))).filter((socket) => socket !== undefined);
}

export function timerOf(name: string, properties: Properties, now: Now): TimerFacts {
  const number = (key: string): number => Number(variantValue(properties[key]) ?? 0);
  const text = variantValue(properties["Unit"]);
  const realtime = number("NextElapseUSecRealtime");
  const monotonic = number("NextElapseUSecMonotonic");
  const nexts = [
    ...(isTime(realtime) ? [realtime] : []),
    ...(isTime(monotonic) ? [now.wall + Math.max(0, monotonic - now.monotonic)] : []),
  ];
  const last = number("LastTriggerUSec");
  return {
    unit: name,
    activates: typeof text === "string" ? text : "",
    ...(nexts.length > 0 && { next: milliseconds(Math.min(...nexts)) }),
    ...(isTime(last) && { last: milliseconds(last) }),
  };
}

export function socketOf(name: string, properties: Properties, triggers: readonly string[]): SocketFacts {
  const listens = asArray(variantValue(properties["Listen"]) ?? []).map((pair) => asArray(pair).map(asString));
  return { unit: name, activates: triggers, listens: listens.map(([type = "", address = ""]) => ({ type, address })) };
}

function isTime(microseconds: number): boolean {
  return microseconds > 0 && microseconds < NEVER;
}

function milliseconds(microseconds: number): number {
  return Math.round(microseconds / 1_000);
}
