import { setTimeout } from "node:timers/promises";
import type { UnitOperator } from "@flotilla/api";
import type { Store } from "@flotilla/store";

const INVOCATION = "f".padStart(32, "0");

/**
 * Plays a run, and its end some turns later. The unit's name decides: `exits-3` exits with 3, `killed` is killed, `lost` is
 * lost with its machine, `slow` lasts, `refuses` does not begin, and any other ends well.
 */
export async function playRun(store: Store, machine: string, unit: string): ReturnType<UnitOperator["act"]> {
  if (unit.includes("refuses")) return { ok: false, message: "a run is under way (activating, start)" };
  const key = `state/${machine}/${unit}`;
  const run = { invocation: INVOCATION, startedAt: 1_000, endedAt: 0, result: "", code: "", status: 0 };
  const put = async (active: string, runs: readonly object[]): Promise<void> => {
    const state = { hash: "", load: "loaded", active, sub: "start", problem: "", runs };
    await store.txn({ onSuccess: [{ put: key, value: JSON.stringify(state) }] });
  };
  await put("activating", [run]);
  const end = async (): Promise<void> => {
    await setTimeout(20);
    const [, status] = /exits-(\d+)/.exec(unit) ?? [];
    const ended = { ...run, endedAt: 3_500 };
    if (unit.includes("slow")) return;
    if (unit.includes("lost")) {
      await store.txn({ onSuccess: [{ delete: key }] });
      const runs = [{ ...ended, machineID: machine, result: "lost" }];
      await store.txn({ onSuccess: [{ put: `runs/${unit}`, value: JSON.stringify({ runs }) }] });
    } else if (unit.includes("killed"))
      await put("failed", [{ ...ended, result: "signal", code: "killed", status: 9 }]);
    else if (status === undefined) await put("inactive", [{ ...ended, result: "success", code: "exited" }]);
    else await put("failed", [{ ...ended, result: "exit-code", code: "exited", status: Number(status) }]);
  };
  // The test may be over.
  void end().catch(() => {});
  return { ok: true, message: "", invocation: INVOCATION };
}
