import { describeError } from "@flotilla/runtime";
import { type DaemonCommand, parseCommandLine } from "./command-line.ts";
import { ConfigError } from "./config/config-error.ts";
import { runDaemon } from "./daemon/daemon.ts";
import { runRestore } from "./restore/run-restore.ts";
import { runLeave } from "./leave/run-leave.ts";

/** The exit code for a configuration error (sysexits(3)). systemd does not restart the service after this code. */
const EX_CONFIG = 78;

void main().then((code) => process.exit(code));

function workOf({ leave, restoreStore }: DaemonCommand): typeof runDaemon {
  if (restoreStore !== undefined) return runRestore;
  return leave ? runLeave : runDaemon;
}

/** Runs the command and returns the exit code. The bundle is CommonJS, which has no top-level await. */
async function main(): Promise<number> {
  // Node's default title, MainThread, would hide the daemon in lists of processes.
  process.title = "fleetd";
  try {
    const command = parseCommandLine(process.argv);
    await workOf(command)(command, process.env);
    return 0;
  } catch (error) {
    const { error: message, stack } = describeError(error);
    process.stderr.write(`fleetd: ${stack ?? message}\n`);
    return error instanceof ConfigError ? EX_CONFIG : 1;
  }
}
