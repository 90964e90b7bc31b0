import type { operatingRoutes } from "../../contract/v2/operating-routes.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import { type ApiContext, writeCluster } from "../context.ts";
import { showDrain } from "../operating/drain-report.ts";
import { moveUnit, rebalance } from "../operating/move-unit.ts";
import { cordon, drain, uncordon, undrain } from "../operating/upkeep.ts";
import { bind, type BoundRoute } from "./bound-route.ts";

/** Binds the routes by which operators take machines out of use, and move units. */
export function boundOperating(context: ApiContext): Record<keyof typeof operatingRoutes, BoundRoute> {
  return {
    cordonMachine: bind(context, v2Routes.cordonMachine, ({ params: { id: machine }, body, signal }) =>
      writeCluster(context, signal, (known) => cordon(context, { machine, known, signal }, body)),
    ),
    uncordonMachine: bind(context, v2Routes.uncordonMachine, ({ params: { id: machine }, signal }) =>
      writeCluster(context, signal, (known) => uncordon(context, { machine, known, signal })),
    ),
    drainMachine: bind(context, v2Routes.drainMachine, ({ params: { id: machine }, body, signal }) =>
      writeCluster(context, signal, (known) => drain(context, { machine, known, signal }, body)),
    ),
    undrainMachine: bind(context, v2Routes.undrainMachine, ({ params: { id: machine }, signal }) =>
      writeCluster(context, signal, (known) => undrain(context, { machine, known, signal })),
    ),
    getDrain: bind(context, v2Routes.getDrain, ({ params: { id: machine }, query: { preview = false }, signal }) =>
      showDrain(context, { machine, preview }, signal),
    ),
    moveUnit: bind(context, v2Routes.moveUnit, ({ params: { name }, body, signal, access }) => {
      access.require({ verb: "move", unit: name });
      return writeCluster(context, signal, (known) => moveUnit(context, name, body, known, signal));
    }),
    rebalance: bind(context, v2Routes.rebalance, ({ body, signal }) =>
      writeCluster(context, signal, (known) => rebalance(context, body, known, signal)),
    ),
  };
}
