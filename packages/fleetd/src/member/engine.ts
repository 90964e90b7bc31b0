import { type GatewayContact, heardSince, runEngine } from "@flotilla/engine";
import type { EventRecorder } from "@flotilla/model";
import {
  AssignmentRegistry,
  AttendanceRegistry,
  EventRegistry,
  LeaderSeat,
  MachineSettingsRegistry,
  RunRegistry,
} from "@flotilla/registry";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import type { Parts } from "./parts.ts";
import type { SharedFeed } from "./shared-feed.ts";

/** The longest lease of the leader; docs/decisions/0006-two-leases.md. */
const LEADER_TTL_MS = 10_000;

/** Time for the guard to notice the deadline, to ask systemd, and for killed processes to end. */
const GUARD_MARGIN_MS = 5_000;

type EngineParts = Pick<Parts, "clock" | "random" | "facts" | "config" | "store" | "contact" | "log" | "metrics">;

export interface MemberEngineOptions {
  readonly feed: SharedFeed;
  /** Of this server's gateway; undefined until it opens. */
  readonly gateway: () => GatewayContact | undefined;
  readonly events: EventRecorder;
}

/** Runs the engine until `signal` aborts, unless the configuration disables the engine. */
export async function runMemberEngine(
  parts: EngineParts,
  { feed, gateway, events }: MemberEngineOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, facts, config, store, contact } = parts;
  if (config.disable_engine) return;
  await runEngine(
    {
      machineID: facts.id,
      seat: new LeaderSeat(store),
      assignments: new AssignmentRegistry(store, () => clock.wall()),
      settings: new MachineSettingsRegistry(store),
      runs: new RunRegistry(store),
      massLoss: {
        registry: new AttendanceRegistry(store),
        rules: {
          share: config.mass_loss_share,
          least: config.mass_loss_least,
          windowMs: config.agent_ttl,
          holdMs: config.mass_loss_hold,
        },
      },
      heardSince: () => heardSince(contact, gateway()),
      feeds: feed,
      grantLease: (ttlMs, grantSignal) => store.grant(ttlMs, grantSignal),
      ttlMs: Math.min(LEADER_TTL_MS, config.agent_ttl),
      interval: config.engine_reconcile_interval,
      exclusiveMs: exclusiveMs(config),
      strategy: config.strategy,
      machineTtlMs: config.agent_ttl,
      clock,
      random,
      log: parts.log.child({ part: "engine" }),
      events: {
        recorder: events,
        registry: new EventRegistry(store),
        limits: { most: config.events_kept, forMs: config.events_kept_for },
      },
      observer: parts.metrics.engine,
    },
    signal,
  );
}

/**
 * The time after the end of a machine's lease by which no exclusive unit is active there (docs/concepts/exclusive.md):
 * the guard's limit for stopping units, a margin, and a twentieth of the TTL for clocks that run at different rates.
 */
function exclusiveMs({ exclusive_stop_limit, agent_ttl }: FleetdConfig): number {
  return exclusive_stop_limit + GUARD_MARGIN_MS + agent_ttl / 20;
}
