import { mkdir } from "node:fs/promises";
import { messageOf, systemClock } from "@flotilla/runtime";
import type { DaemonCommand } from "../command-line.ts";
import { loadConfig } from "../config/load-config.ts";
import { readMachineFacts } from "../host/machine-facts.ts";
import { lockRuntimeDirectory } from "../host/runtime-lock.ts";
import { refuseAll } from "../http/refuse-all.ts";
import { DaemonMetrics } from "../metrics/daemon-metrics.ts";
import { VERSION } from "../version.ts";
import { decideEnding, type Ending } from "./ending.ts";
import { Member } from "./member.ts";
import type { DaemonContext } from "./parts.ts";
import { systemPaths, userPaths } from "./paths.ts";
import { type Environment, openShell, type Shell } from "./shell.ts";

/** How long requests under way may take to finish when the daemon ends, milliseconds. */
const GRACE_MS = 2_000;

/**
 * The daemon from start to end. Resolves when it was told to end and has ended.
 * @throws ConfigError for a configuration that cannot be used; what a part failed with otherwise.
 */
export async function runDaemon(command: DaemonCommand, environment: Environment): Promise<void> {
  const paths = command.user ? userPaths(environment) : systemPaths();
  const { configFile, overrides } = command;
  const sources = { file: configFile ?? paths.configFile, required: configFile !== undefined, environment, overrides };
  const shell = await openShell(sources, environment, paths);
  const over = new AbortController();
  const watchdog = shell.service.keepWatchdog(systemClock, over.signal);
  try {
    await serve(shell, command.user);
  } finally {
    over.abort();
    await shell.listeners.close(GRACE_MS);
    await watchdog;
  }
}

async function serve(shell: Shell, user: boolean): Promise<void> {
  const { paths, log } = shell;
  const context: DaemonContext = {
    paths,
    user,
    facts: await readMachineFacts(),
    clock: systemClock,
    random: Math.random,
    log,
    metrics: new DaemonMetrics(systemClock, VERSION),
  };
  await mkdir(paths.runtimeDirectory, { recursive: true, mode: 0o755 });
  const lock = await lockOrEnd(shell, context.metrics);
  if (!lock) return;
  log.info("fleetd starts", { version: VERSION, machine: context.facts.id });
  try {
    while ((await serveAsMember(shell, context)) === "reload");
  } finally {
    await lock.close();
  }
}

/** Undefined when the daemon was told to end before it had the lock. */
async function lockOrEnd(shell: Shell, metrics: DaemonMetrics) {
  const { native, service, gateway, signals, log, paths } = shell;
  const ended = new AbortController();
  const onWaiting = (reason: string): void => {
    log.error(reason);
    gateway.open(refuseAll(reason, () => metrics.text()));
    service.ready(reason);
    void untilEnd(signals).then(() => ended.abort());
  };
  try {
    const lock = await lockRuntimeDirectory(
      paths.runtimeDirectory,
      { native, clock: systemClock, onWaiting },
      ended.signal,
    );
    gateway.hold();
    return lock;
  } catch (error) {
    if (ended.signal.aborted) return undefined;
    throw error;
  }
}

async function untilEnd(signals: Shell["signals"]): Promise<void> {
  while ((await signals.next()) !== "end");
}

/** One membership, from joining to its end. */
async function serveAsMember(shell: Shell, context: DaemonContext): Promise<Ending | "reload"> {
  const { service, gateway } = shell;
  const member = await openMember(shell, context);
  let outcome: Ending | "reload" = "keep";
  try {
    const failure = failureOf(member.run());
    await Promise.race([member.settled, failure]);
    gateway.open(await member.handler());
    service.ready(member.unavailable ?? "In the cluster.");
    outcome = await Promise.race([nextOutcome(shell, member), failure]);
    return outcome;
  } finally {
    gateway.hold();
    await member.end(outcome === "leave" ? "leave" : "keep");
  }
}

/** What a new configuration names (a file, an address) may turn out to be of no use only here; then the old one goes on. */
async function openMember(shell: Shell, context: DaemonContext): Promise<Member> {
  const open = (): Promise<Member> => Member.open(context, shell.config, (status) => shell.service.status(status));
  try {
    return await open();
  } catch (error) {
    if (shell.previous === undefined) throw error;
    logRefused(shell, error);
    shell.config = shell.previous;
    return await open();
  } finally {
    shell.previous = undefined;
  }
}

function logRefused({ log }: Shell, error: unknown): void {
  log.error("the new configuration cannot be used; the old one stays in force", { error: messageOf(error) });
}

/** Never resolves: rejects when `work` does. */
function failureOf(work: Promise<void>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  work.catch(reject);
  return promise;
}

/** Waits for the signal that ends this membership. A reload with a bad configuration does not. */
async function nextOutcome(shell: Shell, member: Member): Promise<Ending | "reload"> {
  const { signals, service, isService, log } = shell;
  while ((await signals.next()) === "reload") {
    service.reloading();
    log.info("Reloading configuration");
    try {
      const config = await loadConfig(shell.sources);
      shell.previous = shell.config;
      shell.config = config;
      return "reload";
    } catch (error) {
      logRefused(shell, error);
      service.ready(member.unavailable ?? "In the cluster.");
    }
  }
  const ending = await decideEnding({ pendingJobType: (signal) => member.pendingJobType(signal), isService, log });
  const status = ending === "leave" ? "Leaving the cluster; units stop here." : "Ending; units run on.";
  log.info(status);
  service.stopping(status);
  return ending;
}
