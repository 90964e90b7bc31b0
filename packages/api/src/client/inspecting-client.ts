import type { HealthAnswer } from "../contract/v2/health.ts";
import type { SocketsAnswer, TimersAnswer, UnitProperties } from "../contract/v2/requests.ts";
import { ClientRequests } from "./client-requests.ts";

/** The calls that show what runs on the machines, and what is wrong. */
export class InspectingClient extends ClientRequests {
  /** Returns what `systemctl show` prints on each of the unit's machines, or on one machine. */
  async getUnitProperties(
    name: string,
    query: { readonly machine?: string | undefined; readonly properties?: string } = {},
    signal?: AbortSignal,
  ): Promise<UnitProperties["results"]> {
    return (await this.json("getUnitProperties", { item: name, query }, signal)).value.results;
  }

  /** Tells what is wrong in the cluster. */
  async getHealth(signal?: AbortSignal): Promise<HealthAnswer> {
    return (await this.json("getHealth", {}, signal)).value;
  }

  /** Lists the wanted timers with their times, as systemd has them on their machines. */
  async listTimers(signal?: AbortSignal): Promise<TimersAnswer> {
    return (await this.json("listTimers", {}, signal)).value;
  }

  /** Lists the wanted sockets with their addresses, as systemd has them on their machines. */
  async listSockets(signal?: AbortSignal): Promise<SocketsAnswer> {
    return (await this.json("listSockets", {}, signal)).value;
  }
}
