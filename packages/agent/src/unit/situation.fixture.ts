import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";

/** The unit of tests with a single unit. */
export const UNIT = "web.service";

export const ASSIGNED: Assignment = {
  unit: UNIT,
  machineID: "m1",
  digest: "d1",
  hash: "h1",
  desired: "launched",
  restart: 0,
  secrets: 0,
  leaving: false,
  exclusive: false,
  stopping: false,
  askedAt: 0,
  since: 5,
  revision: 6,
};

/** The installed file of a unit that matches its assignment. */
export const FILE = { digest: "d1", hash: "h1" };

export const INACTIVE: ManagedUnit = {
  name: UNIT,
  text: "-",
  loadState: "loaded",
  activeState: "inactive",
  subState: "dead",
  job: "",
  result: "success",
};
export const ACTIVE: ManagedUnit = { ...INACTIVE, activeState: "active", subState: "running" };
export const FAILED: ManagedUnit = { ...INACTIVE, activeState: "failed", subState: "failed", result: "exit-code" };

export const LAUNCHED: LaunchRecord = {
  since: 5,
  digest: "d1",
  hash: "h1",
  phase: "launched",
  restart: 0,
  problem: "",
};
