import type { Command } from "commander";
import { globalFlagTable, type GlobalFlag, variableOf } from "../arguments/global-flags.ts";
import { createProgram } from "../program.ts";
import { version } from "../version.ts";

const DESCRIPTION = `fleetctl manages the units of a cluster through any of its daemons, fleetd. It submits unit files, starts and stops \
units, and shows their state. The cluster chooses a machine for each unit, and systemd runs the unit there.`;

const UNITS = `A unit is given by a path, a name (redis is redis.service) or a pattern over unit names in the cluster. \
UNIT@MACHINE is the copy of a unit on one machine: the unit's name with its type, and the machine's ID or a prefix of it, \
as in heartbeat.service@113f16a7. A directory with a slash stands for the unit files in it.`;

const EXIT_STATUS: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "success"],
  ["1", "the cluster refused the request, or the command failed"],
  ["2", "invalid command line; nothing was done"],
  ["3", "status: a unit is not active, not loaded, or not placed"],
  ["4", "status: there is no such unit"],
  ["5", "no fleetd answers at the endpoint, or the tunnel does not open"],
  ["6", "of several contexts, or of the servers of audit, some did not answer; the output shows the others"],
  ["130", "interrupted"],
];

/** The manual page fleetctl(1) in man(7)'s language, made from the declarations of commands and flags. */
export function renderManPage(): string {
  let help = "";
  const output = {
    isTerminal: false,
    columns: undefined,
    write: (text: string | Uint8Array) => Boolean((help += String(text))),
    control: () => {},
    drained: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
  };
  const program = createProgram(output, output, () => Promise.resolve());
  const examplesOf = (command: Command): readonly string[] => {
    help = "";
    command.outputHelp();
    const [, examples = ""] = /\nExamples?:\n((?: {2}.*\n)+)/.exec(help) ?? [];
    return examples
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  };
  const commands = leavesOf(program);
  const sections = [
    `.TH FLEETCTL 1 "" "Flotilla ${version}" "Flotilla"`,
    section("NAME", "fleetctl \\- run units on a cluster of machines"),
    section("SYNOPSIS", `.B fleetctl\n[global options]\n.I command\n[options] [arguments]`),
    section("DESCRIPTION", roff(DESCRIPTION)),
    section("UNITS", roff(UNITS)),
    section("COMMANDS", "A command may be shortened to an unambiguous prefix."),
    ...commands.map(([name, command]) => renderCommand(name, command, examplesOf(command))),
    section(
      "GLOBAL OPTIONS",
      "Global options may stand before or after the command. A boolean option also takes =true and =false.",
    ),
    ...globalFlagTable.map(renderGlobalFlag),
    section(
      "ENVIRONMENT",
      `Each global option has a variable; the option takes precedence. VISUAL and EDITOR name the editor of\n.BR edit ;\nTZ is the time zone of\n.BR journal ;\nNO_COLOR disables colours.`,
    ),
    section("EXIT STATUS", ""),
    ...EXIT_STATUS.map(([code, meaning]) => `.TP\n.B ${code}\n${roff(meaning)}`),
    section(
      "FILES",
      `.TP\n.I /var/run/fleet.sock\nfleetd's socket\n.TP\n.I ~/.fleetctl/known_hosts\nknown keys of SSH hosts\n.TP\n.I ~/.config/flotilla/contexts.json\nsaved contexts; under $XDG_CONFIG_HOME if that is set`,
    ),
    section("SEE ALSO", ".BR fleetd (8),\n.BR systemctl (1),\n.BR systemd.unit (5),\n.BR ssh (1)"),
  ];
  return `${sections.join("\n")}\n`;
}

/** The commands that can be run, each with its whole name including its parents. */
function leavesOf(command: Command, path = ""): readonly (readonly [string, Command])[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== "help");
  return visible.flatMap((one) => {
    const name = `${path}${one.name()}`;
    return one.commands.length > 0 ? leavesOf(one, `${name} `) : [[name, one] as const];
  });
}

function renderCommand(name: string, command: Command, examples: readonly string[]): string {
  const help = command.createHelp();
  const args = help
    .visibleArguments(command)
    .map((argument) => `.TP\n.I ${roff(argument.name())}\n${roff(argument.description)}`);
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== "--help")
    .map((option) => `.TP\n.B ${roff(option.flags)}\n${roff(help.optionDescription(option))}`);
  return [
    `.SS ${roff(`${name} ${command.usage().replace("[options] ", "")}`)}`,
    roff(command.description()),
    ...args,
    ...options,
    ".PP",
    ".EX",
    ...examples.map(roff),
    ".EE",
  ].join("\n");
}

function renderGlobalFlag({ name, value, fallback, help }: GlobalFlag): string {
  const notes = [...(fallback === undefined ? [] : [`default ${fallback}`]), variableOf(name)].join("; ");
  return `.TP\n.B ${roff(`--${name}${value === undefined ? "" : ` ${value}`}`)}\n${roff(`${help} (${notes})`)}`;
}

function section(title: string, text: string): string {
  return text === "" ? `.SH ${title}` : `.SH ${title}\n${text}`;
}

/** Escapes text for troff, with dashes that can be copied as options. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("`", "\\(ga");
  return escaped.replace(/^\./, "\\&.");
}
