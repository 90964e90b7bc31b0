import { parseUnitFile } from "../parse.ts";
import type { Requirements } from "../requirements.ts";
import { requirementsOf } from "../requirements-of.ts";
import type { UnitFile } from "../unit-file.ts";
import { refuseDaemonUnits } from "./daemon-units.ts";
import { refuseEmptyEntries } from "./empty-entries.ts";
import { refuseSharedDropIns } from "./shared-drop-ins.ts";

/** A unit file that the cluster takes in, and what it asks for. */
export interface AdmittedFile {
  readonly file: UnitFile;
  readonly requirements: Requirements;
}

/**
 * Parses a file that is submitted for the unit `name`. It is stricter than parsing a stored one: it also refuses what
 * would harm the cluster or could never run.
 *
 * @throws UnitFileError, RequirementsError or DaemonUnitError, whose message says what to change.
 */
export function admitUnitFile(name: string, text: string): AdmittedFile {
  return admitParsedFile(name, parseUnitFile(text));
}

/** As admitUnitFile, of a file that has been parsed. */
export function admitParsedFile(name: string, file: UnitFile): AdmittedFile {
  const requirements = requirementsOf(name, file.options);
  refuseEmptyEntries(name, requirements);
  refuseSharedDropIns(name, requirements);
  refuseDaemonUnits(name, file.options);
  return { file, requirements };
}
