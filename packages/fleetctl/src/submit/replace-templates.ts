import type { WantedUnit } from "../arguments/wanted-units.ts";
import type { Context } from "../context.ts";
import { putUnits } from "./put-units.ts";

/**
 * Replaces templates of the cluster by local files, and reports each.
 *
 * @returns false if the cluster refused one; refusals are written to stderr.
 */
export async function replaceTemplates(context: Context, templates: readonly WantedUnit[]): Promise<boolean> {
  const put = await putUnits(context, templates, { desired: undefined, replace: true });
  for (const { wanted } of put)
    context.tell(`replaced template ${wanted.name} as well, so that new instances use ${wanted.path}`);
  return put.length === templates.length;
}
