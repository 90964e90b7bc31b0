import { isUnitName, parseUnitName, splitUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";

/** Warns of entries in [X-Fleet] that cannot name a unit or machine. Templates are skipped; their instances are checked. */
export function* nameWarnings(name: string, requirements: Requirements): Generator<string> {
  if (splitUnitName(name).instance === "") return;
  const { machineID, machineOf, conflicts, replaces } = requirements;
  if (machineID !== undefined && !/^[0-9A-Za-z][0-9A-Za-z._:-]*(?:\.\.\.(?:\/.*)?)?$/.test(machineID)) {
    yield (
      `MachineID=${machineID} in [X-Fleet] can be neither an ID, a beginning of an ID, a host name nor an address; ` +
      "fleetctl list-machines --full shows the machine IDs"
    );
  }
  for (const unit of machineOf) yield* warnOfName("MachineOf", unit, unit);
  for (const glob of conflicts) yield* warnOfGlob("Conflicts", glob);
  for (const glob of replaces) yield* warnOfGlob("Replaces", glob);
  for (const glob of requirements.avoids) yield* warnOfGlob("Avoids", glob);
}

function* warnOfGlob(option: string, glob: string): Generator<string> {
  const tail = /[^*?\]]*$/.exec(glob)?.[0] ?? "";
  if (tail === glob) yield* warnOfName(option, glob, glob.replaceAll(/\\(.)/g, "$1"));
  else if (tail.includes(".") && !isUnitName(`x${tail.slice(tail.lastIndexOf("."))}`)) {
    yield `${option}=${glob} in [X-Fleet] cannot match a unit: a unit name ends in the unit type; write the type, as in *.service`;
  }
}

function* warnOfName(option: string, written: string, unit: string): Generator<string> {
  if (!isUnitName(unit)) {
    const service = `${unit}.service`;
    const fix = !unit.includes(".") && isUnitName(service) ? `write ${service}` : "check the spelling";
    yield `${option}=${written} in [X-Fleet] is not a unit name: a unit name ends in the unit type; ${fix}`;
  } else if (parseUnitName(unit).isTemplate) {
    yield `${option}=${written} in [X-Fleet] names a template, which never runs; name an instance, such as ${unit.replace("@.", "@1.")}`;
  }
}
