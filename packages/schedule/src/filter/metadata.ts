import { metadataOf, shortMachineID } from "@flotilla/model";
import type { Requirements } from "@flotilla/unit";
import { listed } from "../wording.ts";
import type { Filter } from "./filter.ts";

type MetadataRequirement = Requirements["metadata"][number];

/** Machines are rejected for one by the thousand. */
const subjects = new WeakMap<MetadataRequirement, string>();

function subjectOf(requirement: MetadataRequirement): string {
  const known = subjects.get(requirement);
  if (known !== undefined) return known;
  const made = requirement.values.map((value) => `${requirement.key}=${value}`).join(" or ");
  subjects.set(requirement, made);
  return made;
}

/** MachineMetadata: for every key that is asked for, one of the values. */
export const metadataFilter: Filter = {
  name: "MachineMetadata",
  check({ requirements }, { machine }) {
    for (const requirement of requirements.metadata) {
      const { key, values } = requirement;
      const own = metadataOf(machine, key);
      if (own !== undefined && values.includes(own)) continue;
      return {
        subject: subjectOf(requirement),
        found: own === undefined ? `no ${key}` : `${key}=${own}`,
      };
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
