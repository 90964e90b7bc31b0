/**
 * Claims a slot for a lab, prints its number, and waits until its parent closes standard input, by `lab.down()` or by
 * dying. Then it removes everything that the lab has left.
 *
 * It is a separate process because it must survive a SIGKILL of the tests.
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
    // An open claim keeps this process alive, and `lab.down()` waits for its end.
    claim.close();
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

/**
 * Claims the first free slot and clears it. Other free slots with a directory belonged to a lab whose reaper died: they are
 * cleared as well.
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
