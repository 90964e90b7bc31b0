import { Command } from "commander";
import { type OptionName, optionNames } from "./config/fleetd-options.ts";
import { VERSION } from "./version.ts";

/** The parsed command line. */
export interface DaemonCommand {
  /** Path of the configuration file; undefined for the default path. */
  readonly configFile: string | undefined;
  /** Manages units of the user's systemd instead of the host's. */
  readonly user: boolean;
  /** Takes the host out of the cluster instead of running the daemon; for fleet-leave.service. */
  readonly leave: boolean;
  /** The database to put in the place of the embedded store; undefined to run the daemon. */
  readonly restoreStore: string | undefined;
  /** Configuration options given as flags, as text. */
  readonly overrides: Readonly<Partial<Record<OptionName, string>>>;
}

const EXAMPLES = `
Examples:
  fleetd                                      run as fleet.service does, with /etc/fleet/fleet.conf
  fleetd --config ./fleet.conf                use another configuration file
  fleetd --store embedded                     run a single server without etcd
  fleetd --user --store embedded              manage units of your own systemd, without root

Every option of fleet.conf can be given as --option-name VALUE; docs/reference/configuration.md lists them.`;

/** The exit code of systemctl and most programs for a usage error. */
const EXIT_USAGE = 2;

/** Reads the command line. Help, version and usage errors end the process. */
export function parseCommandLine(argv: readonly string[]): DaemonCommand {
  const program = new Command("fleetd")
    .description("The Flotilla daemon: agent, engine and API of one machine.")
    .version(`fleetd version ${VERSION}`, "-V, --version")
    .option("--config <file>", "configuration file (default /etc/fleet/fleet.conf)")
    .option("--user", "use the systemd of the calling user", false)
    .option(
      "--leave",
      "stop the cluster's units here and end the machine's lease, after a daemon that could not",
      false,
    )
    .option(
      "--restore-store <file>",
      "put a file of fleetctl backup --store in the place of the embedded store, and end",
    )
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("See fleetd --help.")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE))
    .allowExcessArguments(false);
  for (const name of optionNames) program.option(`--${name.replaceAll("_", "-")} <value>`);
  program.configureHelp({
    visibleOptions: (command) => command.options.filter(({ description }) => description !== ""),
  });
  // fleet also has `fleetd version`.
  program.parse(
    argv.map(goStyle).map((argument, index) => (index === 2 && argument === "version" ? "--version" : argument)),
  );
  const { config, user, leave, restoreStore } = program.opts<{
    config?: string;
    user: boolean;
    leave: boolean;
    restoreStore?: string;
  }>();
  return { configFile: config, user, leave, restoreStore, overrides: overridesOf(program) };
}

/** Converts Go's flags with one dash, which fleet takes: `-config FILE`. */
function goStyle(argument: string): string {
  return /^-(config|version)(=|$)/.test(argument) ? `-${argument}` : argument;
}

function overridesOf(program: Command): DaemonCommand["overrides"] {
  const given = optionNames.flatMap((name) => {
    const value = program.getOptionValue(name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())) as
      | string
      | undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}
