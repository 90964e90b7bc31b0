import { describeError } from "@flotilla/runtime";
import { parseCommandLine } from "./command-line.ts";
import { ConfigError } from "./config/config-error.ts";
import { runDaemon } from "./daemon/daemon.ts";
import { runLeave } from "./leave/run-leave.ts";

/** sysexits(3): the configuration is at fault, so starting again is no use. */
const EX_CONFIG = 78;

void main().then((code) => process.exit(code));

/** The exit code. Not awaited at the top: the bundle is CommonJS. */
async function main(): Promise<number> {
  // Node's own would be MainThread: not what anybody looks for among processes.
  process.title = "fleetd";
  try {
    const command = parseCommandLine(process.argv);
    await (command.leave ? runLeave : runDaemon)(command, process.env);
    return 0;
  } catch (error) {
    const { error: message, stack } = describeError(error);
    process.stderr.write(`fleetd: ${stack ?? message}\n`);
    return error instanceof ConfigError ? EX_CONFIG : 1;
  }
}
