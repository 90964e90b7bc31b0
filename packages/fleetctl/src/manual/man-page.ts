import type { Command } from "commander";
import { globalFlagTable, type GlobalFlag, variableOf } from "../arguments/global-flags.ts";
import { createProgram } from "../program.ts";
import { version } from "../version.ts";

const DESCRIPTION = `fleetctl talks to any fleetd of a cluster: it submits unit files, has them started and stopped on the machines \
that fit, and shows how they fare. The cluster decides where a unit runs, and systemd runs it there.`;

const UNITS = `A unit is named by a path, a name (redis is redis.service) or a pattern over the names that the cluster knows. \
UNIT@MACHINE is the copy of a unit on one machine, by the machine's ID or the beginning of it, and the unit's name with its \
type: heartbeat.service@113f16a7. A path with a slash that is a directory stands for the unit files in it.`;

const EXIT_STATUS: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "all is as asked"],
  ["1", "the cluster refused, or what was asked for did not come about"],
  ["2", "the command line is wrong; nothing was done"],
  ["3", "status: a unit is not active, not loaded, or not placed"],
  ["4", "status: there is no such unit"],
  ["5", "no fleetd answers at the endpoint, or no tunnel leads there"],
  ["130", "interrupted"],
];

/** The manual page fleetctl(1), from the declarations of the commands and flags, in man(7)'s language. */
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
    section("COMMANDS", "A command may be given by the beginning of its name, as long as that is of one only."),
    ...commands.map(([name, command]) => renderCommand(name, command, examplesOf(command))),
    section(
      "GLOBAL OPTIONS",
      "Before or after the command. A boolean option takes true or false behind an equals sign, too.",
    ),
    ...globalFlagTable.map(renderGlobalFlag),
    section(
      "ENVIRONMENT",
      `Each global option can be given by its variable, which the option counts before. VISUAL and EDITOR name the editor of\n.BR edit ;\nTZ is the zone of the times that\n.B journal\nshows; NO_COLOR turns colours off.`,
    ),
    section("EXIT STATUS", ""),
    ...EXIT_STATUS.map(([code, meaning]) => `.TP\n.B ${code}\n${roff(meaning)}`),
    section(
      "FILES",
      `.TP\n.I /var/run/fleet.sock\nwhere fleetd is asked\n.TP\n.I ~/.fleetctl/known_hosts\nthe keys of SSH hosts`,
    ),
    section("SEE ALSO", ".BR fleetd (8),\n.BR systemctl (1),\n.BR systemd.unit (5),\n.BR ssh (1)"),
  ];
  return `${sections.join("\n")}\n`;
}

/** Commands that can be run, by the words that lead to them. */
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

/** Text as it is: nothing in it means anything to troff, and its dashes can be copied as options. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("`", "\\(ga");
  return escaped.replace(/^\./, "\\&.");
}
