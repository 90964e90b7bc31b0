import type { Command, Option } from "commander";
import { UsageError } from "../command-error.ts";
import { withBootFlag } from "./boot-flag.ts";
import { flagIn, HELP, respelled } from "./flag-spelling.ts";
import { equivalentOf } from "./foreign-commands.ts";
import { withSignalFlag } from "./kill-signal.ts";

/**
 * Rewrites a command line into the form that commander reads. A command may be shortened to an unambiguous prefix, as
 * with fleet, which enabled this option of its library, cobra. Flags are respelled. Flags of a command may precede the
 * command, as in fleet's own help. `--` is put before the remote command of `ssh`.
 *
 * @param program declares the commands, and which flags take a value; it is not changed.
 * @throws UsageError for an ambiguous prefix, naming the candidates, and for a command of another tool, naming
 * fleetctl's equivalent.
 */
export function completeCommandLine(program: Command, args: readonly string[]): readonly string[] {
  const every = [HELP, ...program.options, ...optionsBelow(program)];
  const at = nextOperand(every, args, 0);
  const given = args[at];
  if (given === undefined) return respelled(every, args);
  if (given === "help") return respelled(every, withHelpOfCommand(program, args, at));
  const command = commandFor(program, given);
  if (!command) {
    refuseForeignCommand(given);
    // Commander answers any other word, with similar commands.
    return respelled(every, args);
  }
  const options = [HELP, ...program.options, ...command.options, ...optionsBelow(command)];
  const [before, moved] = flagsOf(program.options, options, respelled(options, args.slice(0, at)));
  const own = [...moved, ...args.slice(at + 1)];
  const whole = [...before, command.name(), ...withOddFlags(command.name(), own)];
  return respelled(options, completeArguments(program, command, whole, before.length + 1));
}

/** Rewrites flags of systemctl and journalctl that commander cannot read. */
function withOddFlags(command: string, args: readonly string[]): readonly string[] {
  if (command === "kill") return withSignalFlag(args);
  return command === "journal" ? withBootFlag(args) : args;
}

/** @throws UsageError for a command of another tool, naming fleetctl's equivalent. */
function refuseForeignCommand(word: string): void {
  const ours = equivalentOf(word);
  if (ours !== undefined) throw new UsageError(`unknown command '${word}': ${ours}`);
}

function completeArguments(
  program: Command,
  command: Command,
  args: readonly string[],
  from: number,
): readonly string[] {
  if (command.commands.length > 0) return withWholeNames(command, args, from);
  return REMOTE_COMMANDS.has(command.name()) ? withRemoteCommandApart(program, command, args, from) : args;
}

function optionsBelow(command: Command): readonly Option[] {
  return command.commands.flatMap((one) => [...one.options, ...optionsBelow(one)]);
}

/**
 * Splits the flags before a command into flags of the program and flags of the command. `--help` before a command is a
 * flag of the command.
 */
function flagsOf(
  global: readonly Option[],
  all: readonly Option[],
  args: readonly string[],
): readonly [global: readonly string[], own: readonly string[]] {
  const [ofProgram, own]: [string[], string[]] = [[], []];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    const option = optionOf(all, word);
    const side = option && !global.includes(option) ? own : ofProgram;
    side.push(word);
    if (takesNext(all, word)) side.push(args[++at] ?? "");
  }
  return [ofProgram, own];
}

/**
 * Turns `help X` into `X` if there is no command X, so that the user sees the same error. Commander would print the
 * program's help instead.
 */
function withHelpOfCommand(program: Command, args: readonly string[], at: number): readonly string[] {
  const topicAt = nextOperand(program.options, args, at + 1);
  const topic = args[topicAt];
  if (topic === undefined) return args;
  if (topic === "help") return args.slice(0, topicAt);
  const command = commandFor(program, topic);
  if (!command) {
    refuseForeignCommand(topic);
    return args.toSpliced(at, 1);
  }
  const below = args[topicAt + 1];
  if (below === undefined || command.commands.length === 0) return withWholeNames(program, args, at + 1);
  // For a subcommand, commander would print the parent's help.
  const help = commandFor(command, below) ? ["--help"] : [];
  return [...args.slice(0, at), ...withWholeNames(command, [command.name(), below], 1), ...help];
}

/** Replaces the prefix of a subcommand, or of a topic of `help`, by the whole name. */
function withWholeNames(parent: Command, args: readonly string[], from: number): readonly string[] {
  const at = nextOperand(parent.options, args, from);
  const name = commandFor(parent, args[at] ?? "")?.name();
  return name === undefined ? args : [...args.slice(0, at), name, ...args.slice(at + 1)];
}

/** Commands whose last arguments are a command for another machine, which has its own flags. */
const REMOTE_COMMANDS: ReadonlySet<string> = new Set(["ssh"]);

/**
 * The command that a word names, by its whole name or an unambiguous prefix.
 *
 * @throws UsageError for an ambiguous prefix, naming the candidates.
 */
export function commandFor(program: Command, given: string): Command | undefined {
  const exact = program.commands.find((command) => command.name() === given || command.aliases().includes(given));
  if (exact || given === "" || given === "help") return exact;
  const [first, ...others] = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name().startsWith(given));
  if (others.length === 0) return first;
  const names = [first, ...others].map((command) => command?.name() ?? "").join(", ");
  throw new UsageError(`ambiguous command '${given}': could be ${names}`);
}

/**
 * Puts `--` before the remote command, because in `ssh MACHINE ls -l` only the flags before the target are fleetctl's.
 */
function withRemoteCommandApart(
  program: Command,
  command: Command,
  args: readonly string[],
  from: number,
): readonly string[] {
  const options = [...program.options, ...command.options];
  const first = nextOperand(options, args, from);
  const isTargetGiven = args
    .slice(from, first)
    .some((word) => ["--machine", "--unit"].includes(flagIn(options, word)?.option.long ?? ""));
  const remote = isTargetGiven ? first : nextOperand(options, args, first + 1);
  const isApart = args.slice(from, remote).includes("--");
  return isApart || remote >= args.length ? args : [...args.slice(0, remote), "--", ...args.slice(remote)];
}

/**
 * Index of the first word at or after `from` that is neither a flag nor a flag's value; the length if there is none.
 */
function nextOperand(options: readonly Option[], args: readonly string[], from: number): number {
  for (let at = from; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return at + 1;
    if (!word.startsWith("-") || word === "-") return at;
    if (takesNext(options, word)) at++;
  }
  return args.length;
}

/** Whether the word after this flag is its value. */
function takesNext(options: readonly Option[], word: string): boolean {
  return !word.includes("=") && (optionOf(options, word)?.required ?? false);
}

function optionOf(options: readonly Option[], word: string): Option | undefined {
  return options.find(({ short }) => word === short) ?? flagIn(options, word)?.option;
}
