import { describeError, untilAborted } from "@flotilla/runtime";
import { readEtcdTls } from "../config/etcd-tls.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { loadConfig } from "../config/load-config.ts";
import { type Ending, Member } from "../member/member.ts";
import type { DaemonContext } from "../member/parts.ts";
import { decideEnding } from "./ending.ts";
import type { Shell } from "./shell.ts";
import { unlessEnded } from "./unless-ended.ts";

/** How long open requests may take to finish when the daemon ends, milliseconds. */
export const GRACE_MS = 2_000;

/** Why a membership ends: the daemon ends, or a new membership begins with another configuration or store. */
type Outcome = { readonly end: Ending } | { readonly next: FleetdConfig };

/** Runs one membership after another, a new one for each configuration, until the daemon must end. */
export async function serveMemberships(shell: Shell, context: DaemonContext): Promise<void> {
  let outcome: Outcome = { next: shell.config };
  while ("next" in outcome) {
    const { next } = outcome;
    const member = await unlessEnded(shell.signals, (ended) => openMember(shell, context, next, ended));
    if (!member) return shell.log.info("stopping before the first contact with systemd; units keep running");
    outcome = await serveAsMember(shell, member);
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
async function serveAsMember(shell: Shell, member: Member): Promise<Outcome> {
  const { service, gateway } = shell;
  let outcome: Outcome = { end: "keep" };
  try {
    const failure = failureOf(member.run());
    const statusKnown = Promise.race([member.statusKnown, failure]);
    await unlessEnded(shell.signals, (ended) => untilAborted([ended], () => statusKnown));
    gateway.open(await member.handler());
    service.ready(statusOf(member));
    outcome = await Promise.race([nextOutcome(shell, member), failure]);
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
    const closed = shell.listeners.close(GRACE_MS);
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

/** Waits for a signal or a replaced store to end this membership. A reload with a bad configuration ends nothing. */
async function nextOutcome(shell: Shell, member: Member): Promise<Outcome> {
  for (;;) {
    const request = await shell.signals.next(member.storeReplaced);
    if (request === "end") return { end: await announceEnding(shell, member) };
    if (request === undefined) {
      shell.log.warn("the store was emptied, restored or replaced; joining its present cluster");
      return { next: shell.config };
    }
    const config = await reloadConfig(shell, member);
    if (config) return { next: config };
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
