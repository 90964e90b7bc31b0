import { type Machine, shortMachineID } from "@flotilla/model";
import { listed } from "../wording.ts";
import type { MachineRule, Rejection } from "./rule.ts";

/**
 * An operator's cordon or drain: the machine gets no further units. The rule asks the same for all units, so that it
 * forms no machine classes of its own.
 */
export const cordonRule: MachineRule = {
  kind: "machine",
  name: "cordon",
  examples: [],
  onlyOnArrival: true,
  asks: () => undefined,
  check: (_unit, { cordon, drain }) => {
    const wish = drain ?? cordon;
    // mutation: drained machine
    return wish && rejection(drain ? "draining" : "cordoned", wish.reason);
  },
  explain({ subject, found, count }) {
    const it = count === 1 ? "it" : "they";
    const because = found.length > 0 ? ` (${listed(found, "and")})` : "";
    if (subject === "draining") return `${it} ${count === 1 ? "is" : "are"} being drained${because}`;
    if (subject === "deadline") return `the machine is drained, and the deadline has passed${because}`;
    if (subject === "last") return `the machine is drained, and only global units are left${because}`;
    return `${it} ${count === 1 ? "is" : "are"} cordoned${because}`;
  },
  fix({ subject, example }) {
    return `run fleetctl ${subject === "cordoned" ? "uncordon" : "undrain"} ${shortMachineID(example.id).replace("...", "")}`;
  },
};

/** Why a unit must leave a machine that is drained: the deadline has passed, or only global units are left. */
export function drainRejection({ drain }: Pick<Machine, "drain">, subject: "deadline" | "last"): Rejection {
  return rejection(subject, drain?.reason ?? "");
}

function rejection(subject: string, reason: string): Rejection {
  return { subject, ...(reason !== "" && { found: reason }) };
}
