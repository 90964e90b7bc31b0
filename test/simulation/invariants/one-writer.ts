import type { Written } from "../world/ledger.ts";
import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "./invariant.ts";

/** Each field has one writer (docs/registry-keys.md), and a machine's own are its own agent's. */
export const oneWriter: MakeInvariant = () => ({
  name: "one writer a field",
  onCommit: ({ writer, written }) => {
    for (const each of written) {
      const wrong = writer ? wrongWriter(each, writer) : wrongExpiry(each);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
});

function wrongWriter({ key, after }: Written, { role, machineID, name }: Process): string | undefined {
  const [head = "", second] = key.split("/");
  const mayWrite = {
    unit: role === "api",
    "machine-settings": role === "api",
    file: role === "api" || (role === "engine" && after === undefined),
    assignment: role === "engine",
    attempts: role === "engine",
    engine: role === "engine",
    roll: role === "engine",
    hold: role === "api",
    departure: role === "agent" && second === machineID,
    machine: role === "agent" && second === machineID,
    publisher: role === "agent" && second === machineID,
    state: role === "agent" && second === machineID,
  }[head];
  return mayWrite ? undefined : `${name} has written ${key}, which is not its to write`;
}

function wrongExpiry({ key, before, after }: Written): string | undefined {
  return before?.lease !== undefined && after === undefined ? undefined : `nobody has written ${key}`;
}
