import type { MachineID } from "@flotilla/model";
import { TokenNeededError } from "../ports.ts";

/** Why a unit stays for now on a machine that is drained. */
export interface StayingUnit {
  readonly why: readonly string[];
  /** It leaves once others have moved. */
  readonly waits: boolean;
}

/** What the scheduler would do. Each call takes the cluster as of the call or later. */
export interface MovePlanner {
  /** Returns the named units that stay on a machine although it is drained. */
  staying(units: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, StayingUnit>>;
  /** Returns the units of a machine, sorted, and where each would go if the machine were drained. */
  drain(
    machineID: MachineID,
    signal: AbortSignal,
  ): Promise<readonly { readonly unit: string; readonly to?: MachineID; readonly why: readonly string[] }[]>;
  /** @param to undefined for the best other machine. */
  move(
    unit: string,
    to: MachineID | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly to: MachineID; readonly units: readonly string[] } | { readonly refused: readonly string[] }>;
  /** Returns at most `most` moves that make the load of the machines more even. */
  rebalance(
    most: number,
    signal: AbortSignal,
  ): Promise<
    readonly {
      readonly units: readonly string[];
      readonly from: MachineID;
      readonly to: MachineID;
      readonly loads: readonly [from: number, to: number];
    }[]
  >;
}

const refuse = (): Promise<never> =>
  Promise.reject(new TokenNeededError("servers know where units can run; send a token, so that a server answers"));

/** For a daemon that does not know the whole cluster. */
export const noMovePlanner: MovePlanner = { staying: refuse, drain: refuse, move: refuse, rebalance: refuse };
