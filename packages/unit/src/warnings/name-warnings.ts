import { isUnitName, parseUnitName, splitUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";

/** Entries of [X-Fleet] that name no unit or machine that there can be. A template is not judged: its instances are. */
export function* nameWarnings(name: string, requirements: Requirements): Generator<string> {
  if (splitUnitName(name).instance === "") return;
  const { machineID, machineOf, conflicts, replaces } = requirements;
  if (machineID !== undefined && !/^[0-9a-f]{32}$/.test(machineID)) {
    yield (
      `MachineID=${machineID} in [X-Fleet] is no whole machine ID, which has 32 hexadecimal digits: ` +
      "fleetctl list-machines --full shows it."
    );
  }
  for (const unit of machineOf) yield* warnOfName("MachineOf", unit, unit);
  for (const glob of conflicts) yield* warnOfGlob("Conflicts", glob);
  for (const glob of replaces) yield* warnOfGlob("Replaces", glob);
}

function* warnOfGlob(option: string, glob: string): Generator<string> {
  const tail = /[^*?\]]*$/.exec(glob)?.[0] ?? "";
  if (tail === glob) yield* warnOfName(option, glob, glob.replaceAll(/\\(.)/g, "$1"));
  else if (tail.includes(".") && !isUnitName(`x${tail.slice(tail.lastIndexOf("."))}`)) {
    yield `${option}=${glob} in [X-Fleet] matches no unit: a unit's name ends in its type, as in *.service.`;
  }
}

function* warnOfName(option: string, written: string, unit: string): Generator<string> {
  if (!isUnitName(unit)) {
    const service = `${unit}.service`;
    const fix = !unit.includes(".") && isUnitName(service) ? `write ${service}` : "check its spelling";
    yield `${option}=${written} in [X-Fleet] names no unit that there can be, since a unit's name ends in its type: ${fix}.`;
  } else if (parseUnitName(unit).isTemplate) {
    yield `${option}=${written} in [X-Fleet] names a template, which never runs: name an instance, such as ${unit.replace("@.", "@1.")}.`;
  }
}
