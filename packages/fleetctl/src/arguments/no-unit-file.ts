import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseUnitName } from "@flotilla/unit";
import { unitNameOf, unitPathOf } from "./unit-argument.ts";

/** Why an argument stands for no unit file here: there is none, or there is a file that no unit can have. */
export async function noUnitFile(directory: string, argument: string): Promise<string> {
  return (await isOtherFile(directory, argument)) ? isNoUnitFile(argument) : thereIsNone(argument);
}

/** Whether the argument is the path of a file whose name is no unit's, such as README.md. */
export async function isOtherFile(directory: string, argument: string): Promise<boolean> {
  if (unitPathOf(argument) === argument) return false;
  const found = await stat(resolve(directory, argument)).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

export function isNoUnitFile(argument: string): string {
  return `${argument} is there, but is no unit file: the name of one ends in the unit's type, as in redis.service.`;
}

function thereIsNone(argument: string): string {
  const { template } = parseUnitName(unitNameOf(argument));
  const templates = template === undefined ? "" : `, nor one of its template ${template} beside it`;
  return `There is no file ${unitPathOf(argument)}${templates}: check the path.`;
}
