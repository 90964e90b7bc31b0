import type { PutUnitAnswer } from "@flotilla/api/client";
import type { Context } from "../context.ts";

/** Tells which other units a request has changed because of dependencies, once for each unit. */
export function tellAlso(context: Context, answers: Iterable<Pick<PutUnitAnswer, "also">>): void {
  const told = new Set<string>();
  for (const { also = [] } of answers)
    for (const { name, desiredState, restart, because } of also) {
      if (told.has(name)) continue;
      told.add(name);
      const verb = restart ? "restarting" : desiredState === "launched" ? "starting" : "stopping";
      context.tell(`${verb} unit ${name} as well: ${because}`);
    }
}
