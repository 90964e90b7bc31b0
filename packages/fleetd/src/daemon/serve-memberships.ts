import { describeError, untilAborted } from "@flotilla/runtime";
import { readEtcdTls } from "../config/etcd-tls.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { loadConfig } from "../config/load-config.ts";
import { type Ending, Member } from "../member/member.ts";
import type { DaemonContext } from "../member/parts.ts";
import { decideEnding } from "./ending.ts";
import type { Shell } from "./shell.ts";
import { unlessEnded } from "./unless-ended.ts";

/** How long requests under way may take to finish when the daemon ends, milliseconds. */
export const GRACE_MS = 2_000;

/** Why a membership ends: the daemon does, or another one takes over, of another configuration or store. */
type Outcome = { readonly end: Ending } | { readonly next: FleetdConfig };

/** One membership after the other, a new one for each configuration, until the daemon is told to end. */
export async function serveMemberships(shell: Shell, context: DaemonContext): Promise<void> {
  let outcome: Outcome = { next: shell.config };
  while ("next" in outcome) {
    const { next } = outcome;
    const member = await unlessEnded(shell.signals, (ended) => openMember(shell, context, next, ended));
    if (!member) return shell.log.info("Ending before systemd could be reached; units run on.");
    outcome = await serveAsMember(shell, member);
  }
}

/** A configuration that turns out to be unusable only now gives way to the one before it. */
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

/** One membership, from joining to its end. */
async function serveAsMember(shell: Shell, member: Member): Promise<Outcome> {
  const { service, gateway } = shell;
  let outcome: Outcome = { end: "keep" };
  try {
    const failure = failureOf(member.run());
    const known = Promise.race([member.settled, failure]);
    await unlessEnded(shell.signals, (ended) => untilAborted([ended], () => known));
    gateway.open(await member.handler());
    service.ready(statusOf(member));
    outcome = await Promise.race([nextOutcome(shell, member), failure]);
    return outcome;
  } finally {
    await endMembership(shell, member, outcome);
  }
}

/**
 * Between two memberships, requests wait for the second. Before a restart no more are taken: systemd's
 * socket keeps them for the next process. While the machine leaves, they are told so.
 */
async function endMembership(shell: Shell, member: Member, outcome: Outcome): Promise<void> {
  if ("next" in outcome) {
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

/** Waits for what ends this membership: a signal, or another store. A reload with a bad configuration does not. */
async function nextOutcome(shell: Shell, member: Member): Promise<Outcome> {
  for (;;) {
    const request = await shell.signals.next(member.storeReplaced);
    if (request === "end") return { end: await announceEnding(shell, member) };
    if (request === undefined) {
      shell.log.warn("The store was emptied, put back or exchanged; joining the cluster that it has now");
      return { next: shell.config };
    }
    const config = await reloadConfig(shell, member);
    if (config) return { next: config };
  }
}

/** The new configuration; undefined when it cannot be used. */
async function reloadConfig(shell: Shell, member: Member): Promise<FleetdConfig | undefined> {
  const { service, log, sources } = shell;
  service.reloading();
  log.info("Reloading configuration");
  try {
    const config = await loadConfig(sources);
    // Before the old one is given up: what it names may be amiss as well.
    await readEtcdTls(config);
    return config;
  } catch (error) {
    refuseConfig(shell, error);
    service.ready(statusOf(member));
    return undefined;
  }
}

async function announceEnding({ service, log }: Shell, member: Member): Promise<Ending> {
  const end = await decideEnding(member, log);
  const status = end === "leave" ? "Leaving the cluster; units stop here." : "Ending; units run on.";
  log.info(status);
  service.stopping(status);
  return end;
}

function refuseConfig({ log }: Shell, error: unknown): void {
  log.error("the new configuration cannot be used; the old one stays in force", describeError(error));
}

function statusOf(member: Member): string {
  return member.unavailable ?? "In the cluster.";
}
