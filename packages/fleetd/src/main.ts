import { messageOf } from "@flotilla/runtime";
import { parseCommandLine } from "./command-line.ts";
import { ConfigError } from "./config/config-error.ts";
import { runDaemon } from "./daemon/daemon.ts";
import { runLeave } from "./leave/run-leave.ts";

/** sysexits(3): the configuration is at fault, so starting again is no use. */
const EX_CONFIG = 78;

try {
  const command = parseCommandLine(process.argv);
  await (command.leave ? runLeave : runDaemon)(command, process.env);
  process.exit(0);
} catch (error) {
  process.stderr.write(`fleetd: ${messageOf(error)}\n`);
  process.exit(error instanceof ConfigError ? EX_CONFIG : 1);
}
