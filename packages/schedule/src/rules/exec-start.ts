import { type Machine, metadataOf, shortMachineID, type Unit } from "@flotilla/model";
import type { MachineRule } from "./rule.ts";

/**
 * ExecStart=: a unit that runs docker or podman needs a machine with the program. A machine has it if its daemon found it
 * (`capabilities`) or people say so (metadata `has=docker`). A daemon of an earlier version tells nothing; its machine
 * passes.
 */
export const execStartRule: MachineRule = {
  kind: "machine",
  name: "ExecStart",
  examples: [{ section: "Service", name: "ExecStart", value: "/usr/bin/docker run redis" }],
  asks: ({ requirements: { programs } }) => (programs.length === 0 ? undefined : programs.join(" ")),
  check({ requirements: { programs } }, machine) {
    const missing = programs.find((program) => !has(machine, program));
    return missing === undefined ? undefined : { subject: missing };
  },
  explain: ({ subject, count }) => `ExecStart names ${subject}, which ${count === 1 ? "it does" : "they do"} not have`,
  fix: ({ subject, example }) =>
    `install ${subject} on a machine such as ${shortMachineID(example.id)} and reload fleet there ` +
    `(systemctl reload fleet), or set metadata has=${subject}`,
};

function has(machine: Machine, program: Unit["requirements"]["programs"][number]): boolean {
  const { capabilities } = machine;
  return (
    capabilities === undefined ||
    capabilities["has"]?.includes(program) === true ||
    metadataOf(machine, "has") === program
  );
}
