import type { ClusterSnapshot } from "@flotilla/model";
import { parseUnitName } from "@flotilla/unit";
import type { PlanBody } from "../../contract/v2/planning.ts";
import type { ApiContext } from "../context.ts";
import { requestErrorFor } from "../request-error.ts";
import { checkFile } from "../unit-check.ts";
import type { WantedFile } from "./wanted-file.ts";

/** The text for each unit: the given one, else for a new instance that of its template. */
export function textsOf(wanted: PlanBody["units"], { units }: ClusterSnapshot): readonly (string | undefined)[] {
  const given = new Map(wanted.map(({ name, file }) => [name, file]));
  return wanted.map(({ name, file }) => {
    if (file !== undefined || units.has(name)) return file;
    const template = templateOf(name);
    return template === undefined ? undefined : (given.get(template) ?? units.get(template)?.file.text);
  });
}

function templateOf(name: string): string | undefined {
  try {
    return parseUnitName(name).template;
  } catch {
    // The check of the name refuses it, with the reason.
    return undefined;
  }
}

/** Checks a unit's file. A refusal is part of the result. */
export async function checkedFile(
  { intake }: Pick<ApiContext, "intake">,
  wanted: PlanBody["units"][number],
  text: string | undefined,
): Promise<WantedFile> {
  if (text === undefined) return { wanted };
  try {
    return { wanted, file: await checkFile(wanted.name, text, intake.turns) };
  } catch (thrown) {
    const error = requestErrorFor(thrown);
    if (!error) throw thrown;
    return { wanted, refusal: error.message };
  }
}
