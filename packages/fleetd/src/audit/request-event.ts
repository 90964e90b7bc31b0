import { facts, type NewEvent, shortMachineID } from "@flotilla/model";
import type { AuditRecord } from "@flotilla/runtime";

/**
 * Returns the event of a request, from its records in the audit; undefined for a request that changed nothing. Everybody
 * who may list units reads events, so the address of the client is left out.
 */
export function eventOfRequest(records: readonly AuditRecord[]): NewEvent | undefined {
  const [first] = records;
  if (first?.result !== "done") return undefined;
  const machine = machineIn(first.object);
  const fact = factOf(first, machine);
  return {
    kind: "act",
    ...(first.unit !== undefined && { unit: first.unit }),
    ...(machine !== undefined && { machine }),
    sentence: `${whoOf(first)} asked to ${deedOf(records, first, machine)}`,
    ...(fact !== undefined && { fact }),
  };
}

function whoOf({ who, name }: AuditRecord): string {
  switch (who) {
    case "local":
      return name ?? "a local user";
    case "open":
      return "a client without authentication";
    default:
      return name === undefined ? who : `${who} ${name}`;
  }
}

/** What a verb on something other than a unit does. Verbs on units are words of their own. */
const DEEDS: Readonly<Record<string, string>> = {
  metadata: "change metadata",
  "release-hold": "end the mass-loss hold",
  "remove-machine": "remove a machine",
  "rotate-ca": "rotate the authority",
  store: "move or copy the store",
  secrets: "change a secret",
  tokens: "change a token",
};

function deedOf(records: readonly AuditRecord[], first: AuditRecord, machine: string | undefined): string {
  const verbs = [...new Set(records.map(({ verb }) => DEEDS[verb] ?? verb))].join(" and ");
  if (first.unit !== undefined) return `${verbs} ${first.unit}`;
  if (machine !== undefined) return `${verbs}: machine ${shortMachineID(machine)}`;
  return first.object === undefined ? verbs : `${verbs}: ${first.object}`;
}

/** The ID in an object such as `machines/ID/metadata`. */
function machineIn(object: string | undefined): string | undefined {
  return /^machines\/([^/]+)/.exec(object ?? "")?.[1];
}

function factOf({ unit, verb, revision }: AuditRecord, machine: string | undefined): string | undefined {
  if (unit !== undefined) {
    if (verb === "destroy") return facts.destroyed(unit);
    return revision === undefined ? undefined : facts.unit(unit, revision);
  }
  if (verb === "release-hold") return facts.holdReleased;
  if (machine === undefined) return undefined;
  if (verb === "remove-machine") return facts.removed(machine);
  return verb === "metadata" ? facts.metadata(machine) : facts.upkeep(machine);
}
