import { messageOf } from "@flotilla/runtime";
import { readEtcdTls } from "../config/etcd-tls.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { loadConfig } from "../config/load-config.ts";
import { decideEnding, type Ending } from "./ending.ts";
import { Member } from "./member.ts";
import type { DaemonContext } from "./parts.ts";
import type { Shell } from "./shell.ts";

/** How long requests under way may take to finish when the daemon ends, milliseconds. */
export const GRACE_MS = 2_000;

/** Why a membership ends: the daemon does, or another configuration takes over. */
type Outcome = { readonly end: Ending } | { readonly reload: FleetdConfig };

/** One membership after the other, a new one for each configuration, until the daemon is told to end. */
export async function serveMemberships(shell: Shell, context: DaemonContext): Promise<void> {
  let next: Outcome = { reload: shell.config };
  while ("reload" in next) {
    const member = await openMember(shell, context, next.reload);
    next = await serveAsMember(shell, member);
  }
}

/** A configuration that turns out to be unusable only now gives way to the one before it. */
async function openMember(shell: Shell, context: DaemonContext, config: FleetdConfig): Promise<Member> {
  const open = (tried: FleetdConfig): Promise<Member> =>
    Member.open(context, tried, (status) => shell.service.status(status));
  try {
    const member = await open(config);
    shell.config = config;
    return member;
  } catch (error) {
    if (config === shell.config) throw error;
    refuseConfig(shell, error);
    return open(shell.config);
  }
}

/** One membership, from joining to its end. */
async function serveAsMember(shell: Shell, member: Member): Promise<Outcome> {
  const { service, gateway } = shell;
  let outcome: Outcome = { end: "keep" };
  try {
    const failure = failureOf(member.run());
    await Promise.race([member.settled, failure]);
    gateway.open(await member.handler());
    service.ready(statusOf(member));
    outcome = await Promise.race([nextOutcome(shell, member), failure]);
    return outcome;
  } finally {
    await endMembership(shell, member, outcome);
  }
}

/**
 * At a reload, requests wait for the next membership. Before a restart no more are taken: systemd's
 * socket keeps them for the next process. While the machine leaves, they are told so.
 */
async function endMembership(shell: Shell, member: Member, outcome: Outcome): Promise<void> {
  if ("reload" in outcome) {
    shell.gateway.hold();
    return member.end("keep");
  }
  if (outcome.end === "keep") {
    const closed = shell.listeners.close(GRACE_MS);
    await member.endStreams();
    await closed;
  }
  await member.end(outcome.end);
}

/** Never resolves: rejects when `work` does. */
function failureOf(work: Promise<void>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  work.catch(reject);
  return promise;
}

/** Waits for the signal that ends this membership. A reload with a bad configuration does not. */
async function nextOutcome(shell: Shell, member: Member): Promise<Outcome> {
  const { signals, service, isService, log } = shell;
  while ((await signals.next()) === "reload") {
    service.reloading();
    log.info("Reloading configuration");
    try {
      const config = await loadConfig(shell.sources);
      // Before the old one is given up: what it names may be amiss as well.
      await readEtcdTls(config);
      return { reload: config };
    } catch (error) {
      refuseConfig(shell, error);
      service.ready(statusOf(member));
    }
  }
  const end = await decideEnding({ pendingJobType: (signal) => member.pendingJobType(signal), isService, log });
  const status = end === "leave" ? "Leaving the cluster; units stop here." : "Ending; units run on.";
  log.info(status);
  service.stopping(status);
  return { end };
}

function refuseConfig({ log }: Shell, error: unknown): void {
  log.error("the new configuration cannot be used; the old one stays in force", { error: messageOf(error) });
}

function statusOf(member: Member): string {
  return member.unavailable ?? "In the cluster.";
}
