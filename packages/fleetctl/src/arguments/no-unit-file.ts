import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseUnitName } from "@flotilla/unit";
import { unitNameOf, unitPathOf } from "./unit-argument.ts";

/** Why an argument names no local unit file: no such file exists, or the file's name is no unit name. */
export async function noUnitFile(directory: string, argument: string): Promise<string> {
  return (await isOtherFile(directory, argument)) ? isNoUnitFile(argument) : thereIsNone(argument);
}

/** Whether the argument is the path of an existing file whose name is no unit name, such as README.md. */
export async function isOtherFile(directory: string, argument: string): Promise<boolean> {
  if (unitPathOf(argument) === argument) return false;
  const found = await stat(resolve(directory, argument)).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

export function isNoUnitFile(argument: string): string {
  return `cannot use ${argument} as a unit file: its name does not end with a unit type, as in redis.service`;
}

function thereIsNone(argument: string): string {
  const { template } = parseUnitName(unitNameOf(argument));
  const templates = template === undefined ? "" : `, nor its template ${template}`;
  return `cannot find file ${unitPathOf(argument)}${templates}: check the path`;
}
