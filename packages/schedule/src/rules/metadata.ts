import { metadataOf, shortMachineID } from "@flotilla/model";
import type { Requirements } from "@flotilla/unit";
import { listed } from "../wording.ts";
import type { MachineRule } from "./rule.ts";

type MetadataRequirement = Requirements["metadata"][number];

/** Cached, because one requirement may reject thousands of machines. */
const subjects = new WeakMap<MetadataRequirement, string>();

function subjectOf(requirement: MetadataRequirement): string {
  const known = subjects.get(requirement);
  if (known !== undefined) return known;
  const made = requirement.values.map((value) => `${requirement.key}=${value}`).join(" or ");
  subjects.set(requirement, made);
  return made;
}

/** MachineMetadata=: for each key that the unit names, one of the values. */
export const metadataRule: MachineRule = {
  kind: "machine",
  name: "MachineMetadata",
  examples: [{ section: "X-Fleet", name: "MachineMetadata", value: "zone=x" }],
  asks({ requirements: { metadata } }) {
    let asked: string | undefined;
    for (const { key, values } of metadata) asked = `${asked ?? ""}${key}=${values.join("\0")}\n`;
    return asked;
  },
  effort: ({ requirements }) => requirements.metadata.reduce((sum, { values }) => sum + 1 + values.length / 8, 1),
  check({ requirements }, machine) {
    for (const requirement of requirements.metadata) {
      const { key, values } = requirement;
      const own = metadataOf(machine, key);
      if (own !== undefined && values.includes(own)) continue;
      return { subject: subjectOf(requirement), found: own === undefined ? `no ${key}` : `${key}=${own}` };
    }
    return undefined;
  },
  explain({ subject, found, count }) {
    return `metadata ${subject} is missing (${count === 1 ? "it has" : "they have"} ${listed(found, "and")})`;
  },
  fix({ subject, example }) {
    return `set metadata ${subject} on a machine such as ${shortMachineID(example.id)}`;
  },
};
