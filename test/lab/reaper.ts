/**
 * Claims a slot for a lab, says which one, and waits until the process that asked closes our standard
 * input: by `lab.down()`, or by dying in whatever way. Then it removes all that the lab has left.
 *
 * It is a process of its own because nothing else survives a SIGKILL of the tests.
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
 * The first free slot, cleared. Further free ones that still hold something belonged to a lab whose reaper died:
 * they are cleared as well.
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
  if (found === undefined) throw new Error(`all ${SLOTS} labs of this machine are in use`);
  return found;
}
