import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CertificateMaker } from "@flotilla/membership";
import { describeError, systemClock } from "@flotilla/runtime";
import { JournalAudit } from "../audit/journal-audit.ts";
import type { DaemonCommand } from "../command-line.ts";
import { configSources } from "../config/config-sources.ts";
import { collectGarbage } from "../host/collect-garbage.ts";
import { readMachineFacts } from "../host/machine-facts.ts";
import { systemPaths, userPaths } from "../host/paths.ts";
import { processesAtSockets } from "../host/process-at-socket.ts";
import { ownMemory } from "../host/own-memory.ts";
import { giveBackSpareMemory, type SpareMemoryOptions } from "../host/spare-memory.ts";
import { unmapProgram } from "../host/start-pages.ts";
import type { DaemonContext } from "../member/parts.ts";
import { DaemonMetrics } from "../metrics/daemon-metrics.ts";
import { CredentialSocket } from "../secrets/credential-socket.ts";
import { VERSION } from "../version.ts";
import { lockOrEnd } from "./lock-or-end.ts";
import { createMover } from "./moving.ts";
import { GRACE_MS, serveMemberships } from "./serve-memberships.ts";
import { type Environment, openShell, type Shell } from "./shell.ts";

/**
 * Runs the daemon. Resolves when the daemon has ended on request.
 * @throws ConfigError for an unusable configuration; any error that ends a part.
 */
export async function runDaemon(command: DaemonCommand, environment: Environment): Promise<void> {
  const paths = command.user ? userPaths(environment) : systemPaths();
  const shell = await openShell(configSources(command, environment, paths), environment, paths);
  const stop = new AbortController();
  // Node then ends the process, and systemd restarts the service.
  process.on("uncaughtExceptionMonitor", (error) =>
    shell.log.error(
      "fleetd stops after an internal error (please report it); systemd restarts it",
      describeError(error),
    ),
  );
  const watchdog = shell.service.keepWatchdog(systemClock, stop.signal);
  const memory = giveBackSpareMemory(spareMemoryOf(shell), stop.signal);
  try {
    await serve(shell, command.user);
  } finally {
    stop.abort();
    await shell.listeners.close(GRACE_MS);
    await Promise.all([watchdog, memory]);
  }
}

function spareMemoryOf({ native }: Shell): SpareMemoryOptions {
  return {
    clock: systemClock,
    size: ownMemory,
    trim: () => native.trim(),
    unmapProgram: () => unmapProgram((mapping) => native.unmap(mapping)),
    processor: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    collect: collectGarbage,
  };
}

async function serve(shell: Shell, user: boolean): Promise<void> {
  const { paths, log, hasJournal } = shell;
  const facts = await readMachineFacts();
  const base: Omit<DaemonContext, "credentials"> = {
    paths,
    user,
    facts,
    clock: systemClock,
    random: Math.random,
    log,
    hasJournal,
    audit: new JournalAudit(log.child({ part: "audit" }), systemClock),
    processAt: processesAtSockets(shell.native),
    metrics: new DaemonMetrics(systemClock, VERSION),
    // scripts/build.ts puts the bundle next to this program.
    certificates: new CertificateMaker(join(dirname(process.argv[1] ?? ""), "certificates.cjs")),
    apiTls: shell.apiTls,
    isApiOpen: shell.isOpen,
    mover: createMover(shell, facts.id),
  };
  await mkdir(paths.runtimeDirectory, { recursive: true, mode: 0o755 });
  const lock = await lockOrEnd(shell, base.metrics);
  if (!lock) return;
  if (shell.isOpen)
    log.warn(
      "insecure_api=true: whoever reaches a TCP port of the API is root on every machine; remove the option, and give clients tokens",
    );
  if (shell.ignoredAddresses.length > 0)
    log.warn(
      `listen= has no effect for ${shell.ignoredAddresses.join(", ")}: systemd passes the sockets of the API; add ` +
        "ListenStream= with the port to fleet.socket (systemctl edit fleet.socket), and run systemctl restart fleet.socket",
    );
  log.info("fleetd starts", { version: VERSION, machine: base.facts.id });
  try {
    const credentials = await openCredentials(shell);
    shell.credentials = credentials;
    try {
      await serveMemberships(shell, { ...base, credentials });
    } finally {
      await credentials.close(GRACE_MS);
    }
  } finally {
    await lock.close();
  }
}

function openCredentials({ native, paths, secretsFd, log }: Shell): Promise<CredentialSocket> {
  return CredentialSocket.open({
    listen: secretsFd === undefined ? { path: paths.secretsSocket } : { fd: secretsFd },
    uid: process.getuid?.() ?? 0,
    peerOf: (fd) => native.peerOf(fd),
    clock: systemClock,
    log: log.child({ part: "secrets" }),
  });
}
