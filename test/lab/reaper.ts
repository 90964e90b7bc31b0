/**
 * Claims a slot for a lab, prints its number, and waits until standard input is closed, by `lab.down()` or by the death
 * of the parent. Then it removes everything that the lab has left.
 *
 * This is a separate process because it must survive a SIGKILL of the tests.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Server } from "node:net";
import { messageOf } from "@flotilla/runtime";
import { removeRemains } from "./remains.ts";
import { Slot, SLOTS } from "./slot.ts";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
try {
  const { slot, claim } = await claimSlot();
  try {
    process.stdout.write(`${slot.number}\n`);
    process.stdin.resume();
    await once(process.stdin, "close");
    await removeRemains(slot);
  } finally {
    // Close the claim, which would keep this process alive: `lab.down()` waits for its end.
    claim.close();
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

/**
 * Claims the first free slot and clears it. Also clears the other free slots that have a directory, because the reapers
 * of those labs have died.
 */
async function claimSlot(): Promise<{ slot: Slot; claim: Server }> {
  let found: { slot: Slot; claim: Server } | undefined;
  for (let number = 0; number < SLOTS; number += 1) {
    const slot = new Slot(number);
    const stale = existsSync(slot.directory);
    if (found !== undefined && !stale) continue;
    const claim = await slot.claim();
    if (claim === undefined) continue;
    await removeRemains(slot);
    if (found === undefined) found = { slot, claim };
    else claim.close();
  }
  if (found === undefined) throw new Error(`all ${SLOTS} slots for labs on this machine are in use`);
  return found;
}
