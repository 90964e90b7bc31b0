import type { Command, Option } from "commander";
import { UsageError } from "../command-error.ts";
import { flagIn, HELP, respelled } from "./flag-spelling.ts";
import { oursFor } from "./foreign-commands.ts";
import { withSignalFlag } from "./kill-signal.ts";

/**
 * Brings a command line into the form that commander reads. A command may be given by the beginning of its name, as
 * long as that is the beginning of one only (fleet's library, cobra, has that as an option, and fleet had it on). Flags
 * are respelled, and those of a command may stand before it, as fleet's own help has them. What is the remote
 * command's, of a command that runs one, is set apart by `--`.
 *
 * @param program knows the commands and which flags take a value; nothing of it is changed.
 * @throws UsageError naming the commands that a beginning may stand for, or what is ours for another tool's command.
 */
export function completeCommandLine(program: Command, args: readonly string[]): readonly string[] {
  const every = [HELP, ...program.options, ...optionsBelow(program)];
  const at = nextOperand(every, args, 0);
  const given = args[at];
  if (given === undefined) return respelled(every, args);
  if (given === "help") return respelled(every, withHelpOfCommand(program, args, at));
  const command = commandFor(program, given);
  if (!command) {
    refuseForeign(given);
    // Any other is commander's to answer, with what it may have meant.
    return respelled(every, args);
  }
  const options = [HELP, ...program.options, ...command.options, ...optionsBelow(command)];
  const [before, moved] = flagsOf(program.options, options, respelled(options, args.slice(0, at)));
  const own = [...moved, ...args.slice(at + 1)];
  const whole = [...before, command.name(), ...(command.name() === "kill" ? withSignalFlag(own) : own)];
  return respelled(options, completeArguments(program, command, whole, before.length + 1));
}

/** @throws UsageError for a command of another tool, with what is ours. */
function refuseForeign(word: string): void {
  const ours = oursFor(word);
  if (ours !== undefined) throw new UsageError(`fleetctl has no command ${word}: ${ours}.`);
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
 * Flags that stand before a command, apart: those of the program, and those of the command. Help that is asked for
 * before a command is help of that command.
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

/** An unknown command is answered as without `help`: commander's would show the help of the program. */
function withHelpOfCommand(program: Command, args: readonly string[], at: number): readonly string[] {
  const topicAt = nextOperand(program.options, args, at + 1);
  const topic = args[topicAt];
  if (topic === undefined) return args;
  if (topic === "help") return args.slice(0, topicAt);
  const command = commandFor(program, topic);
  if (!command) {
    refuseForeign(topic);
    return args.toSpliced(at, 1);
  }
  const below = args[topicAt + 1];
  if (below === undefined || command.commands.length === 0) return withWholeNames(program, args, at + 1);
  // Of a command below another one, commander's would show the help of that other one.
  const help = commandFor(command, below) ? ["--help"] : [];
  return [...args.slice(0, at), ...withWholeNames(command, [command.name(), below], 1), ...help];
}

/** The same for a command below another one, and for what help is asked about. */
function withWholeNames(parent: Command, args: readonly string[], from: number): readonly string[] {
  const at = nextOperand(parent.options, args, from);
  const name = commandFor(parent, args[at] ?? "")?.name();
  return name === undefined ? args : [...args.slice(0, at), name, ...args.slice(at + 1)];
}

/** Commands whose arguments end with a command for another machine, which has flags of its own. */
const REMOTE_COMMANDS: ReadonlySet<string> = new Set(["ssh"]);

/**
 * The command that a word stands for: its name, or the beginning of that name only.
 *
 * @throws UsageError naming the commands that a beginning may stand for.
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
  throw new UsageError(`${given} is the beginning of several commands: ${names}. Give more of the one that you mean.`);
}

/** `ssh MACHINE ls -l`: the target is ours, and with it all flags before the remote command's first word. */
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

/** Index of the first word from `from` on that is no flag and no flag's value; the length if there is none. */
function nextOperand(options: readonly Option[], args: readonly string[], from: number): number {
  for (let at = from; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return at + 1;
    if (!word.startsWith("-") || word === "-") return at;
    if (takesNext(options, word)) at++;
  }
  return args.length;
}

/** Whether the next word is the value of the flag that this one gives. */
function takesNext(options: readonly Option[], word: string): boolean {
  return !word.includes("=") && (optionOf(options, word)?.required ?? false);
}

function optionOf(options: readonly Option[], word: string): Option | undefined {
  return options.find(({ short }) => word === short) ?? flagIn(options, word)?.option;
}
