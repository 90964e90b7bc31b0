import type { UnitControl, UnitManager } from "../port.ts";

/** How a unit of the contract behaves. The harness has the unit file for its systemd. */
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

/** One systemd, real or fake, and the means to disturb it. */
export interface UnitManagerHarness {
  /** Makes another connection, as a fleetd that starts does. The harness closes it at the end. */
  connect(): Promise<UnitManager & UnitControl>;
  /** The text of a unit file of this kind; no other test uses `name`. */
  unit(name: string, kind: UnitKind): string;
  /** Lets time pass until the promise is fulfilled or rejected. */
  waitFor<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until the condition holds; throws an error that names `what` when it never does. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** An administrator stops the unit on the host. */
  stopByHand(name: string): Promise<void>;
  /** An administrator or another unit starts the unit; resolves when that has succeeded, failed or been refused. */
  startByHand(name: string): Promise<void>;
  /** Adds a running unit to the host, and returns its name. */
  addHostUnit(): Promise<string>;
  /** The text of a path unit; `fire` makes the change that it waits for. */
  pathText(name: string): string;
  fire(name: string): Promise<void>;
  /** Adds a started target to the host, and returns its name. */
  addTarget(): Promise<string>;
  /** An administrator runs daemon-reload. */
  reloadByHand(): Promise<void>;
  /** An administrator starts the target, and with it the units that it wants. */
  startTarget(name: string): Promise<void>;
  isActive(name: string): Promise<boolean>;
  dropBus(): Promise<void>;
  restoreBus(): Promise<void>;
  close(): Promise<void>;
}
