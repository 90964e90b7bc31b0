import { parseUnitFile } from "../parse.ts";
import type { Requirements } from "../requirements.ts";
import { requirementsOf } from "../requirements-of.ts";
import type { UnitFile } from "../unit-file.ts";
import { refuseDaemonUnits } from "./daemon-units.ts";
import { refuseEmptyEntries } from "./empty-entries.ts";
import { refuseSharedDropIns } from "./shared-drop-ins.ts";

/** A unit file that the cluster accepts, with its requirements. */
export interface AdmittedFile {
  readonly file: UnitFile;
  readonly requirements: Requirements;
}

/**
 * Parses a file that a user submits for the unit `name`. Admission is stricter than parsing: it also refuses a file
 * that would harm the cluster or could never run.
 *
 * @throws UnitFileError, RequirementsError or DaemonUnitError, whose message says what to change.
 */
export function admitUnitFile(name: string, text: string): AdmittedFile {
  return admitParsedFile(name, parseUnitFile(text));
}

/** Admits a parsed file, as {@link admitUnitFile} admits a text. */
export function admitParsedFile(name: string, file: UnitFile): AdmittedFile {
  const requirements = requirementsOf(name, file.options);
  refuseEmptyEntries(name, requirements);
  refuseSharedDropIns(name, requirements);
  refuseDaemonUnits(name, file.options);
  return { file, requirements };
}
