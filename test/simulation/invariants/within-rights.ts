import { MachineRights } from "@flotilla/registry";
import type { Call } from "@flotilla/store/memory";
import type { MakeInvariant } from "../world/world.ts";

/** An agent asks the store only for what the gateway would allow its machine (docs/registry-keys.md). */
export const withinRights: MakeInvariant = () => {
  const byMachine = new Map<string, MachineRights>();
  const rightsOf = (machineID: string): MachineRights => {
    const known = byMachine.get(machineID);
    if (known) return known;
    const rights = new MachineRights(machineID);
    byMachine.set(machineID, rights);
    return rights;
  };
  return {
    name: "an agent stays within the rights of its machine",
    onCall: ({ role, machineID, name }, call) => {
      if (role !== "agent") return undefined;
      const refused = refusalOf(rightsOf(machineID), call);
      return refused && `${name}: ${refused}`;
    },
  };
};

function refusalOf(rights: MachineRights, call: Call): string | undefined {
  switch (call.type) {
    case "range":
      return rights.range(call.request);
    case "watch":
      return rights.watch(call.request);
    case "txn":
      return rights.txn(call.txn);
    case "revision":
    case "grant":
    case "renew":
    case "revoke":
    case "lease-time":
      return undefined;
  }
}
