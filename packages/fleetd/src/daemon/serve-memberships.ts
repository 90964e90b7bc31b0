import { describeError, untilAborted } from "@flotilla/runtime";
import { readApiTls } from "../config/api-tls.ts";
import { readEtcdTls } from "../config/etcd-tls.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { loadConfig } from "../config/load-config.ts";
import { type Ending, Member } from "../member/member.ts";
import type { DaemonContext } from "../member/parts.ts";
import { completeMove } from "./moving.ts";
import { decideEnding } from "./ending.ts";
import type { Shell } from "./shell.ts";
import { unlessEnded } from "./unless-ended.ts";

/** How long open requests may take to finish when the daemon ends, milliseconds. */
export const GRACE_MS = 2_000;

/** The pause after a move that could not be completed, milliseconds. */
const RETRY_MS = 1_000;

/** Why a membership ends: the daemon ends, or a new membership begins with another configuration or store. */
type Outcome = { readonly end: Ending } | { readonly next: FleetdConfig; readonly moves?: true };

/** Runs one membership after another, a new one for each configuration, until the daemon must end. */
export async function serveMemberships(shell: Shell, context: DaemonContext): Promise<void> {
  let outcome: Outcome = { next: shell.config };
  while ("next" in outcome) {
    const { next } = outcome;
    const member = await unlessEnded(shell.signals, (ended) => openMember(shell, context, next, ended));
    if (!member) return shell.log.info("stopping before the first contact with systemd; units keep running");
    outcome = await serveAsMember(shell, context, member);
    // No part of this daemon uses the store now.
    if ("moves" in outcome) await context.mover.move(shell.config);
  }
}

/** Opens a member with the configuration; returns to the previous configuration if this one is unusable. */
async function openMember(
  shell: Shell,
  context: DaemonContext,
  config: FleetdConfig,
  ended: AbortSignal,
): Promise<Member> {
  const open = (tried: FleetdConfig): Promise<Member> =>
    Member.open(context, tried, (status) => shell.service.status(status), ended);
  try {
    const member = await open(config);
    shell.config = config;
    return member;
  } catch (error) {
    if (config === shell.config || ended.aborted) throw error;
    refuseConfig(shell, error);
    return open(shell.config);
  }
}

/** Runs one membership, from joining the cluster to its end. */
async function serveAsMember(shell: Shell, context: DaemonContext, member: Member): Promise<Outcome> {
  const { service, gateway } = shell;
  let outcome: Outcome = { end: "keep" };
  try {
    const failure = failureOf(member.run());
    const statusKnown = Promise.race([member.statusKnown, failure]);
    await unlessEnded(shell.signals, (ended) => untilAborted([ended], () => statusKnown));
    gateway.open(await member.handler());
    service.ready(statusOf(member));
    outcome = await Promise.race([nextOutcome(shell, context, member), failure]);
    return outcome;
  } finally {
    await endMembership(shell, member, outcome);
  }
}

/**
 * Ends a membership. Between two memberships, requests wait for the second one. Before a restart, the daemon accepts no
 * requests, and systemd's socket keeps them for the next process. While the machine leaves, requests get 503.
 */
async function endMembership(shell: Shell, member: Member, outcome: Outcome): Promise<void> {
  if ("next" in outcome) {
    shell.gateway.hold();
    return member.end("keep");
  }
  if (outcome.end === "keep") {
    const closed = Promise.all([shell.listeners.close(GRACE_MS), shell.credentials?.close(GRACE_MS)]);
    await member.endStreams();
    await closed;
  }
  await member.end(outcome.end);
}

/** Rejects when `work` rejects; never resolves. */
function failureOf(work: Promise<void>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  work.catch(reject);
  return promise;
}

/**
 * Waits for a signal, a replaced store, or a move of the store to end this membership. A reload with a bad configuration
 * ends nothing.
 */
async function nextOutcome(shell: Shell, context: DaemonContext, member: Member): Promise<Outcome> {
  const moves = AbortSignal.any([member.storeMoves, context.mover.requested]);
  for (;;) {
    const request = await shell.signals.next(AbortSignal.any([member.storeReplaced, moves]));
    if (request === "end") return { end: await announceEnding(shell, member) };
    if (request === undefined && moves.aborted) return outcomeOfMove(shell, context, member);
    if (request === undefined) {
      shell.log.warn("the store was emptied, restored or replaced; joining its present cluster");
      return { next: shell.config };
    }
    const config = await reloadConfig(shell, member);
    if (config) return { next: config };
  }
}

/** A requested move is made after this membership. A move that this machine has made is completed. */
async function outcomeOfMove(shell: Shell, { mover, clock }: DaemonContext, member: Member): Promise<Outcome> {
  const { log, config } = shell;
  if (mover.requested.aborted) {
    log.info("moving the cluster to another store; units keep running");
    return { next: config, moves: true };
  }
  if (!member.move) {
    log.warn("the cluster's store must not be used any more; joining again");
    return { next: config };
  }
  try {
    return { next: await completeMove(shell, mover, member.move) };
  } catch (error) {
    log.error("cannot complete the move of the store; trying again", describeError(error));
    await clock.sleep(RETRY_MS);
    return { next: config };
  }
}

/** Loads the new configuration; returns undefined if the configuration is unusable. */
async function reloadConfig(shell: Shell, member: Member): Promise<FleetdConfig | undefined> {
  const { service, log, sources } = shell;
  service.reloading();
  log.info("reloading the configuration");
  try {
    const config = await loadConfig(sources);
    // Checked before the old configuration ends: its TLS files may be bad, too.
    await Promise.all([readEtcdTls(config), readApiTls(config)]);
    return config;
  } catch (error) {
    refuseConfig(shell, error);
    service.ready(statusOf(member));
    return undefined;
  }
}

async function announceEnding({ service, log }: Shell, member: Member): Promise<Ending> {
  const end = await decideEnding(member, log);
  const status = end === "leave" ? "leaving the cluster; units stop on this machine" : "stopping; units keep running";
  log.info(status);
  service.stopping(status);
  return end;
}

function refuseConfig({ log }: Shell, error: unknown): void {
  log.error("cannot use the new configuration; the old configuration stays in force", describeError(error));
}

function statusOf(member: Member): string {
  return member.unavailable ?? "in the cluster";
}
