import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { RequestError } from "../request-error.ts";

/** Ends a machine's membership. */
export async function removeMachine(
  { memberships }: Pick<ApiContext, "memberships">,
  machineID: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const removal = await memberships.remove(machineID, signal);
  switch (removal) {
    case "removed":
      return { status: 204 };
    case "unknown":
      throw new RequestError(
        "machine-not-found",
        `cannot remove machine ${machineID}: no machine with this ID has joined the cluster; send the whole machine ID`,
      );
    case "stays":
      throw new RequestError(
        "machine-is-server",
        `cannot remove machine ${machineID}: it is a server, and holds the credentials of the store; ` +
          "stop its daemon with systemctl disable --now fleet.service fleet.socket, and change the store's credentials",
      );
  }
}
