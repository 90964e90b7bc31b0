import type { MachineRecord } from "@flotilla/model";
import type { OwnAssignments, OwnMirrors, StateRegistry } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { UnitControl, UnitManager } from "@flotilla/systemd";
import type { Guard } from "./guard/guard.ts";
import type { GuardRenewerOptions } from "./guard/guard-renewer.ts";
import type { LaunchRecords } from "./launch/launch-record.ts";
import type { MembershipOptions } from "./membership/membership.ts";
import type { LivenessOptions } from "./membership/systemd-liveness.ts";
import type { SavedLease } from "./membership/saved-lease.ts";
import type { SecretCopies } from "./secrets/secret-copies.ts";
import type { SecretSource } from "./secrets/secret-source.ts";
import type { TimerStamps } from "./timers/timer-stamps.ts";
import type { TextSource } from "./unit/unit-texts.ts";

export interface AgentOptions {
  readonly machine: MachineRecord;
  /** How long the machine's record outlives its last heartbeat, in milliseconds (fleet's agent_ttl). */
  readonly ttlMs: number;
  readonly leases: MembershipOptions["leases"];
  readonly savedLease: SavedLease;
  readonly machines: MembershipOptions["machines"];
  /** Called for each change of the machine's membership. */
  readonly onStatus?: MembershipOptions["onStatus"];
  readonly states: Pick<StateRegistry, "claim" | "published" | "publish">;
  readonly assignments: Pick<
    OwnAssignments,
    "all" | "synced" | "unreadable" | "fresh" | "onChange" | "run" | "origin" | "revision"
  >;
  /** The states of units elsewhere that units here need. Undefined: the agent makes no stubs. */
  readonly mirrors?: Pick<OwnMirrors, "all" | "demand" | "onChange" | "run"> | undefined;
  readonly texts: TextSource;
  readonly manager: UnitManager & Pick<UnitControl, "reloadUnit">;
  readonly launches: LaunchRecords;
  /** Where secrets come from, and where copies stay. Undefined: units that name a secret are not started. */
  readonly secrets?: { readonly source: SecretSource; readonly copies: SecretCopies } | undefined;
  /** Undefined: timers know only this machine's past. */
  readonly stamps?: TimerStamps | undefined;
  /** Undefined: exclusive units are not started. */
  readonly guard?: Guard | undefined;
  /** The remaining time of a lease, for the guard. */
  readonly leaseTime?: GuardRenewerOptions["leaseTime"];
  /** Resolves when systemd answers; a machine whose systemd hangs counts as lost. Undefined: systemd always answers. */
  readonly ping?: LivenessOptions["ping"];
  readonly clock: Clock;
  /** In [0, 1); for the jitter of pauses. */
  readonly random: () => number;
  readonly log: Logger;
}
