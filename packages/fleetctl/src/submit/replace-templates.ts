import type { WantedUnit } from "../arguments/wanted-units.ts";
import type { Context } from "../context.ts";
import { putUnits } from "./put-units.ts";

/**
 * Puts the files here in the place of templates that the cluster knows, and tells of each.
 *
 * @returns false if the cluster refused one; that has been told.
 */
export async function replaceTemplates(context: Context, templates: readonly WantedUnit[]): Promise<boolean> {
  const put = await putUnits(context, templates, { desired: undefined, replace: true });
  for (const { wanted } of put)
    context.tell(`Template ${wanted.name} is replaced as well: the next instances are made from ${wanted.path}.`);
  return put.length === templates.length;
}
