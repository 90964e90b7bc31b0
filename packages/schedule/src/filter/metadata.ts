import { metadataOf } from "@flotilla/model";
import { listed, shortID } from "../wording.ts";
import type { Filter } from "./filter.ts";

/** MachineMetadata: for every key that is asked for, one of the values. */
export const metadataFilter: Filter = {
  name: "MachineMetadata",
  check({ requirements }, { machine }) {
    for (const { key, values } of requirements.metadata) {
      const own = metadataOf(machine, key);
      if (own !== undefined && values.includes(own)) continue;
      return {
        subject: values.map((value) => `${key}=${value}`).join(" or "),
        found: own === undefined ? `no ${key}` : `${key}=${own}`,
      };
    }
    return undefined;
  },
  explain({ subject, found, count }) {
    return `metadata ${subject} is missing (${count === 1 ? "it has" : "they have"} ${listed(found, "and")})`;
  },
  fix({ subject, example }) {
    return `set metadata ${subject} on a machine such as ${shortID(example.id)}`;
  },
};
