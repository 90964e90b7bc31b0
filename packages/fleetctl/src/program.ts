import { Command, Option } from "commander";
import { DEPRECATED_NAMES, globalFlagTable, type GlobalFlag, variableOf } from "./arguments/global-flags.ts";
import type { Declare, Run } from "./commands/declaration.ts";
import { examples } from "./commands/declaration.ts";
import { declareAudit } from "./commands/audit.ts";
import { declareAuth } from "./commands/auth.ts";
import { declareBackup } from "./commands/backup.ts";
import { declareCat } from "./commands/cat.ts";
import { declareActions } from "./commands/act.ts";
import { declareCluster } from "./commands/cluster.ts";
import { declareCordon } from "./commands/cordon.ts";
import { declareDrain } from "./commands/drain.ts";
import { declareMove } from "./commands/move.ts";
import { declareRebalance } from "./commands/rebalance.ts";
import { declareCompletion } from "./commands/completion.ts";
import { declareContext } from "./commands/context/context.ts";
import { declareDestroy } from "./commands/destroy.ts";
import { declareEdit } from "./commands/edit.ts";
import { declareEvents } from "./commands/events.ts";
import { declareExplain } from "./commands/explain.ts";
import { declareFdForward } from "./commands/fd-forward.ts";
import { declareHealth } from "./commands/health.ts";
import { declareImport } from "./commands/import.ts";
import { declareIsState } from "./commands/is-state.ts";
import { declareJournal } from "./commands/journal.ts";
import { declareJoin } from "./commands/join.ts";
import { declareListMachines } from "./commands/list-machines.ts";
import { declareListUnitFiles } from "./commands/list-unit-files.ts";
import { declareListUnits } from "./commands/list-units.ts";
import { declareListTriggers } from "./commands/list-triggers.ts";
import { declareLoad } from "./commands/load.ts";
import { allowNoUnits } from "./commands/no-units.ts";
import { declareMachine } from "./commands/machine.ts";
import { declareMetadata } from "./commands/metadata.ts";
import { declarePlan } from "./commands/plan.ts";
import { declareReleaseHold } from "./commands/release-hold.ts";
import { declareRestore } from "./commands/restore.ts";
import { declareRestart } from "./commands/restart.ts";
import { declareRun } from "./commands/run.ts";
import { declareRuns } from "./commands/runs.ts";
import { declareSecret } from "./commands/secret.ts";
import { declareShow } from "./commands/show.ts";
import { declareSsh } from "./commands/ssh.ts";
import { declareStart } from "./commands/start.ts";
import { declareStatus } from "./commands/status.ts";
import { declareStop } from "./commands/stop.ts";
import { declareStore } from "./commands/store.ts";
import { declareSubmit } from "./commands/submit.ts";
import { declareToken } from "./commands/token.ts";
import { declareUnload } from "./commands/unload.ts";
import { declareVerify } from "./commands/verify.ts";
import { declareVersion } from "./commands/version.ts";
import type { Output } from "./environment.ts";
import { version, versionLine } from "./version.ts";

/** In the order of the help. */
const DECLARATIONS: readonly Declare[] = [
  declareSubmit,
  declareLoad,
  declareStart,
  declareStop,
  declareRestart,
  declareUnload,
  declareDestroy,
  declareCat,
  declareStatus,
  declareExplain,
  declarePlan,
  declareShow,
  declareIsState,
  declareJournal,
  declareSsh,
  declareEdit,
  declareActions,
  declareRun,
  declareRuns,
  declareListUnits,
  declareListUnitFiles,
  declareListMachines,
  declareListTriggers,
  declareHealth,
  declareMachine,
  declareCordon,
  declareDrain,
  declareMove,
  declareRebalance,
  declareMetadata,
  declareSecret,
  declareReleaseHold,
  declareCluster,
  declareJoin,
  declareEvents,
  declareAudit,
  declareImport,
  declareBackup,
  declareRestore,
  declareStore,
  declareToken,
  declareAuth,
  declareContext,
  declareFdForward,
  declareCompletion,
  declareVerify,
  declareVersion,
];

const EXIT_CODES = `
Exit codes:
  0  success   1  refused or failed   2  invalid command line, nothing done
  3  not active (status, is-active)   4  status: no such unit   5  no fleetd answers
  6  of several contexts or servers, some did not answer   130  Ctrl-C
`;

/** Builds the whole command line. `run` executes commands; help and usage errors are thrown as CommanderError. */
export function createProgram(stdout: Output, stderr: Output, run: Run): Command {
  const program = new Command("fleetctl");
  program
    .description(`fleetctl ${version}: run systemd units on a cluster of machines`)
    .usage("[global options] <command> [options] [arguments]")
    .version(versionLine, "-v, --version", "print the version of fleetctl")
    .helpCommand("help [command]", "print help for fleetctl or a command")
    .addHelpText("after", examples("fleetctl start redis.service", "fleetctl help start") + EXIT_CODES)
    .exitOverride()
    .showHelpAfterError("See fleetctl help, or fleetctl help COMMAND.")
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const flag of globalFlagTable) for (const option of optionsOf(flag)) program.addOption(option);
  for (const name of Object.values(DEPRECATED_NAMES)) program.addOption(new Option(`--${name} <file>`).hideHelp());
  // fleet's flag from before --driver; the API is the only driver here.
  program.addOption(new Option("--experimental-api").hideHelp());
  for (const declare of DECLARATIONS) declare(program, run);
  allowNoUnits(program);
  for (const command of program.commands) pointToHelp(command, "fleetctl help");
  return program;
}

/** Makes a usage error of a command refer to that command's help. */
function pointToHelp(command: Command, before: string): void {
  const help = `${before} ${command.name()}`;
  command.showHelpAfterError(`See ${help}.`);
  for (const below of command.commands) pointToHelp(below, help);
}

function optionsOf({ name, value, fallback, help }: GlobalFlag): readonly Option[] {
  const note = [...(fallback === undefined ? [] : [`default ${fallback}`]), variableOf(name)].join("; ");
  const option = new Option(
    value === undefined ? `--${name}` : `--${name} <${value.toLowerCase()}>`,
    `${help} (${note})`,
  );
  return fallback === "true" ? [option, new Option(`--no-${name}`).hideHelp()] : [option];
}
