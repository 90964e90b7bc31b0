import type { ClusterSnapshot } from "@flotilla/model";
import type { MachineSettingsRegistry, AttendanceRegistry, UnitRegistry } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Intake } from "./request-body.ts";
import type { Lanes } from "./lanes.ts";
import type { Slots } from "./slots.ts";
import type { ClusterReader, ClusterSource, UnitInspector, UnitOperator } from "./ports.ts";

/** What the daemon hands to its API. */
export interface ApiParts {
  readonly units: UnitRegistry;
  readonly settings: MachineSettingsRegistry;
  readonly attendance: Pick<AttendanceRegistry, "release">;
  readonly cluster: ClusterSource;
  readonly inspector: UnitInspector;
  readonly operator: UnitOperator;
  /** Returns, by unit, why it has no place: a sentence for each group of machines; none if a machine would take it. */
  readonly explain: (units: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** The machine of this daemon. */
  readonly machineID: string;
  readonly version: string;
  /** Entities in a page of v1. */
  readonly tokenLimit: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the handlers work with: the daemon's parts, and what the requests share. */
export interface ApiContext extends ApiParts {
  /** Takes in bodies, and shares the event loop among requests. */
  readonly intake: Intake;
  /** The journals that are read through this daemon, some of them by a journalctl of its own. */
  readonly journals: Slots;
  /** The statuses that are requested, from this machine or others. */
  readonly statuses: Lanes;
  /** Aborts when the API closes: streams end. */
  readonly closing: AbortSignal;
}

/**
 * Answers from the cluster as it is now. `read` must not wait, for the view is live; all who wait for the same fresh
 * view read it in turns.
 */
export function readCluster<T>(
  context: ApiContext,
  signal: AbortSignal,
  read: (snapshot: ClusterSnapshot) => T,
): Promise<T> {
  return context.cluster.with(async (reader) => {
    const snapshot = await reader.fresh(signal);
    return readInTurn(context, reader, signal, () => read(snapshot));
  });
}

/** Reads a live view in one piece, among others who read, and never while it mixes two states. */
export async function readInTurn<T>(
  { intake }: ApiContext,
  reader: ClusterReader,
  signal: AbortSignal,
  read: () => T,
): Promise<T> {
  for (;;) {
    const answer = await intake.turns.run(() => (reader.isWhole ? { read: read() } : undefined), signal);
    if (answer) return answer.read;
    await reader.latest(signal);
  }
}

/**
 * Writes while the live copy is kept, and was from before the write: a watch that begins at the revision which is
 * answered then finds it held, also on a daemon that nobody had asked anything before.
 */
export function writeCluster<T>(
  context: ApiContext,
  signal: AbortSignal,
  write: (known: ClusterSnapshot) => Promise<T>,
): Promise<T> {
  return context.cluster.with(async (reader) => write(await reader.latest(signal)));
}
