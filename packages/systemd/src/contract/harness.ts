import type { UnitControl, UnitManager } from "../port.ts";

/** What a unit of the contract does: the harness knows how to say it to its systemd. */
export type UnitKind =
  | "running"
  | "oneshot"
  | "failing"
  | "hanging"
  | "bad-setting"
  | "installable"
  | "reloadable"
  | "restarting"
  | "lingering";

/** One systemd, real or fake, and the means to trouble it. */
export interface UnitManagerHarness {
  /** A connection of its own, as a fleetd that starts anew has. The harness closes it at the end. */
  connect(): Promise<UnitManager & UnitControl>;
  /** The text of a unit file of this kind; `name` is not used by any other test. */
  unit(name: string, kind: UnitKind): string;
  /** Lets time pass until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until the condition holds; throws, naming `what`, when it does not come to hold. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** An administrator stops the unit on the host. */
  stopByHand(name: string): Promise<void>;
  /** An administrator, or another unit, starts the unit; resolves when that has succeeded, failed or been refused. */
  startByHand(name: string): Promise<void>;
  /** Gives the host a unit of its own, running, and returns its name. */
  addHostUnit(): Promise<string>;
  /** A path unit's text; `fire` makes happen what it looks out for. */
  pathText(name: string): string;
  fire(name: string): Promise<void>;
  /** Gives the host a target of its own, reached, and returns its name. */
  addTarget(): Promise<string>;
  /** An administrator has systemd read all files anew, and start what the target wants. */
  reloadByHand(): Promise<void>;
  startTarget(name: string): Promise<void>;
  isActive(name: string): Promise<boolean>;
  dropBus(): Promise<void>;
  restoreBus(): Promise<void>;
  close(): Promise<void>;
}
