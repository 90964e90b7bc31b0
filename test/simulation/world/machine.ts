import type { Daemon } from "./daemon.ts";
import type { Host } from "./host.ts";
import type { Condition } from "./transport.ts";

/** A machine of the simulation. It may be without power or without a daemon. */
export interface Machine {
  readonly host: Host;
  daemon: Daemon | undefined;
  powered: boolean;
  /** Whether the machine was removed for good. Only for a machine with another machine's ID. */
  gone?: boolean;
  /** The condition of the connections between this machine and the store; of an agent, between it and all servers. */
  link: Condition;
  /** The condition of the connections between this server and all agents. */
  front: Condition;
  /** The conditions of the connections between this agent and single servers, by their names. */
  readonly paths: Map<string, Condition>;
}
