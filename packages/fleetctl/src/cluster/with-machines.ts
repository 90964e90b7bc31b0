import type { Context } from "../context.ts";
import { MachineLegends } from "./machine-legends.ts";

export type Place<T> = T & {
  /** The machine's ID with its address. */
  readonly machine?: string;
};

/** Adds the machine to each row that has one. @param full whether the whole ID is shown. */
export async function withMachines<T extends { readonly machineID?: string | undefined }>(
  context: Context,
  rows: readonly T[],
  full: boolean,
): Promise<readonly Place<T>[]> {
  const legends = new MachineLegends(await context.client(), context.signal);
  const shown: Place<T>[] = [];
  for (const row of rows) {
    const { machineID } = row;
    shown.push(machineID === undefined ? row : { ...row, machine: await legends.legend(machineID, full) });
  }
  return shown;
}
