import type { SubmittedFile } from "@flotilla/access";
import type { DesiredState } from "@flotilla/model";
import type { Turns } from "@flotilla/runtime";
import {
  type AdmittedFile,
  admitParsedFile,
  admitUnitFile,
  digestText,
  hashOptions,
  parseUnitName,
  UNIT_FILE_LIMITS,
  type UnitFile,
  unitWarnings,
  unloadableName,
} from "@flotilla/unit";
import { RequestError } from "./request-error.ts";

/** A valid unit file with its hashes. */
export interface CheckedFile {
  readonly text: string;
  readonly hash: string;
  readonly digest: string;
  /** Warnings about valid but probably unintended lines. */
  readonly warnings: readonly string[];
  readonly submitted: SubmittedFile;
}

/**
 * Checks a unit file in turns, because the largest file takes 20 ms.
 * @throws UnitFileError, RequirementsError or DaemonUnitError; RequestError if the file is too large.
 */
export async function checkFile(name: string, text: string, turns: Turns): Promise<CheckedFile> {
  requireFileSize(name, Buffer.byteLength(text));
  return describe(name, await turns.run(() => admitUnitFile(name, text)), turns);
}

/** Checks a parsed unit file, as checkFile does. */
export async function checkParsedFile(name: string, file: UnitFile, turns: Turns): Promise<CheckedFile> {
  requireFileSize(name, Buffer.byteLength(file.text));
  return describe(name, await turns.run(() => admitParsedFile(name, file)), turns);
}

async function describe(name: string, { file, requirements }: AdmittedFile, turns: Turns): Promise<CheckedFile> {
  const warnings = await turns.run(() => unitWarnings(name, file.options, requirements));
  const hash = await turns.run(() => hashOptions(file.options));
  const submitted = { name, options: file.options, requirements };
  return { text: file.text, hash, digest: digestText(file.text), warnings, submitted };
}

/** @throws RequestError if `bytes` exceed the limit of unit files. */
export function requireFileSize(name: string, bytes: number): void {
  if (bytes <= UNIT_FILE_LIMITS.bytes) return;
  throw new RequestError(
    "unit-file-too-large",
    `the file of ${name} has ${bytes} bytes: at most ${UNIT_FILE_LIMITS.bytes} are allowed; keep the data in another file, and name that file in the unit`,
  );
}

/** @throws UnitNameError; RequestError if the desired state requires a template or an unloadable name to be loaded. */
export function checkName(name: string, desired: DesiredState | undefined): void {
  const { isTemplate } = parseUnitName(name);
  if (desired === undefined || desired === "inactive") return;
  const unloadable = unloadableName(name);
  if (unloadable !== undefined) throw new RequestError("bad-unit-name", unloadable);
  if (!isTemplate) return;
  const instance = name.replace("@.", "@1.");
  throw new RequestError(
    "template-not-runnable",
    `cannot set template ${name} to ${desired}; name an instance, such as ${instance}`,
  );
}
