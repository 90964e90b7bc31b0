import type { Context } from "../../context.ts";
import { changeContexts, contextsPath } from "../../contexts/contexts-file.ts";
import type { Contexts } from "../../contexts/saved-context.ts";

/** Changes the user's saved contexts in one step. */
export function changeSaved({ environment, signal }: Context, make: (saved: Contexts) => Contexts): Promise<void> {
  return changeContexts(contextsPath(environment.variables), make, { clock: environment.clock, signal });
}
