import type {
  CordonBody,
  DrainBody,
  DrainReport,
  MoveUnitAnswer,
  MoveUnitBody,
  RebalanceAnswer,
  RebalanceBody,
  UpkeepAnswer,
} from "../contract/v2/operating.ts";
import { InspectingClient } from "./inspecting-client.ts";

/** The part of the client by which operators take machines out of use, and move units. */
export class OperatingClient extends InspectingClient {
  /** Lets a machine get no further units. The machine may be away. */
  async cordonMachine(id: string, body: CordonBody, signal?: AbortSignal): Promise<UpkeepAnswer> {
    return (await this.json("cordonMachine", { item: id, body }, signal)).value;
  }

  /** Ends the cordon of a machine, and its drain. */
  async uncordonMachine(id: string, signal?: AbortSignal): Promise<UpkeepAnswer> {
    return (await this.json("uncordonMachine", { item: id }, signal)).value;
  }

  /** Lets the units of a machine go elsewhere. */
  async drainMachine(id: string, body: DrainBody, signal?: AbortSignal): Promise<UpkeepAnswer> {
    return (await this.json("drainMachine", { item: id, body }, signal)).value;
  }

  /** Ends the drain of a machine; a cordon stays. */
  async undrainMachine(id: string, signal?: AbortSignal): Promise<UpkeepAnswer> {
    return (await this.json("undrainMachine", { item: id }, signal)).value;
  }

  /** Returns the units that are left on a machine, or with `preview` where they would go. */
  async getDrain(
    id: string,
    query: { readonly preview?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<DrainReport & { readonly revision: number }> {
    const { value, revision } = await this.json("getDrain", { item: id, query }, signal);
    return { ...value, revision };
  }

  /** Moves a unit once. */
  async moveUnit(name: string, body: MoveUnitBody, signal?: AbortSignal): Promise<MoveUnitAnswer> {
    return (await this.json("moveUnit", { item: name, body }, signal)).value;
  }

  /** Moves a few units from the most to the least loaded machines, or shows the moves. */
  async rebalance(body: RebalanceBody, signal?: AbortSignal): Promise<RebalanceAnswer> {
    return (await this.json("rebalance", { body }, signal)).value;
  }
}
