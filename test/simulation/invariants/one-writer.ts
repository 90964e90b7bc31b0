import { IDENTITY_KEY } from "@flotilla/registry";
import type { Written } from "../world/ledger.ts";
import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "../world/world.ts";

/** Each key has one writer (docs/registry-keys.md). A machine's keys are written by its own agent. */
export const oneWriter: MakeInvariant = () => ({
  name: "each key has one writer",
  onCommit: ({ writer, written }) => {
    for (const each of written) {
      const wrong = writer ? wrongWriter(each, writer) : wrongExpiry(each);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
});

function wrongWriter({ key, before, after }: Written, { role, machineID, name }: Process): string | undefined {
  const [head = "", second] = key.split("/");
  const mayWrite = {
    unit: role === "api",
    // The leader ends a drain at its time.
    "machine-settings":
      role === "api" || (role === "engine" && head === "machine-settings" && isWithoutDrain(before, after)),
    member: role === "api",
    "member-removed": role === "api",
    rotation: role === "api",
    token: role === "api",
    "token-use": role === "api",
    file: role === "api" || (role === "engine" && after === undefined),
    assignment: role === "engine",
    attempts: role === "engine",
    runs: role === "engine",
    mirror: role === "engine",
    engine: role === "engine",
    roll: role === "engine",
    hold: role === "api",
    event: role === "engine" && (second === machineID || after === undefined),
    departure: role === "agent" && second === machineID,
    machine: role === "agent" && second === machineID,
    publisher: role === "agent" && second === machineID,
    state: role === "agent" && second === machineID,
  }[head];
  return mayWrite ? undefined : `${name} wrote ${key}, which it may not write`;
}

/** Whether the drain was removed from a machine's settings, and nothing else has changed. */
function isWithoutDrain(before: Written["before"], after: Written["after"]): boolean {
  const was = before ? (JSON.parse(before.value) as Record<string, unknown>) : {};
  const is = after ? (JSON.parse(after.value) as Record<string, unknown>) : { metadata: {} };
  return was["drain"] !== undefined && JSON.stringify({ ...was, drain: undefined }) === JSON.stringify(is);
}

function wrongExpiry({ key, before, after }: Written): string | undefined {
  // The world itself writes the identity of the store.
  if (key === IDENTITY_KEY && before === undefined) return undefined;
  return before?.lease !== undefined && after === undefined ? undefined : `${key} changed without a writer`;
}
