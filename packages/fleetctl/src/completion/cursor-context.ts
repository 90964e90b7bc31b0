import type { Argument, Command, Option } from "commander";
import { commandFor } from "../arguments/command-line.ts";

/** The syntactic position of the cursor. */
export type Completing =
  | { readonly kind: "command"; readonly of: Command }
  | { readonly kind: "flag"; readonly of: readonly Option[] }
  /** A flag's value; `before` is the part of the word before the value. */
  | { readonly kind: "value"; readonly option: Option; readonly before: string }
  /** `before` holds the operands before the cursor. */
  | {
      readonly kind: "operand";
      readonly command: Command;
      readonly argument: Argument;
      readonly before: readonly string[];
    }
  | { readonly kind: "nothing" };

export interface CursorContext {
  readonly completing: Completing;
  /** The part of the word that is typed already. */
  readonly typed: string;
  /** The flags before the cursor, by name in camelCase. */
  readonly given: Readonly<Record<string, string | boolean>>;
}

/**
 * Parses an unfinished command line.
 *
 * @param words the words after `fleetctl` up to the cursor; the last one is being typed and may be empty.
 */
export function cursorContextOf(program: Command, words: readonly string[]): CursorContext {
  const typed = words.at(-1) ?? "";
  const given: Record<string, string | boolean> = {};
  let command = program;
  const operands: string[] = [];
  let awaiting: Option | undefined;
  let isOnlyOperands = false;
  for (const word of words.slice(0, -1)) {
    if (awaiting) {
      given[awaiting.attributeName()] = word;
      awaiting = undefined;
    } else if (!isOnlyOperands && word === "--") isOnlyOperands = true;
    else if (!isOnlyOperands && word.startsWith("-") && word !== "-") {
      const [name = "", ...value] = word.split("=");
      const option = optionsFor(program, command).find(({ long, short }) => name === long || name === short);
      if (option?.required && value.length === 0) awaiting = option;
      else if (option) given[option.attributeName()] = value.length === 0 ? true : value.join("=");
    } else if (command.commands.length > 0 && operands.length === 0 && word !== "help") {
      const next = commandFor(command, word);
      if (!next) return { completing: { kind: "nothing" }, typed, given };
      command = next;
    } else if (word !== "help" || command !== program) operands.push(word);
  }
  const completing = completingAt(program, command, { typed, awaiting, isOnlyOperands, operands });
  return { completing, typed: completing.kind === "value" ? typed.slice(completing.before.length) : typed, given };
}

interface Cursor {
  readonly typed: string;
  readonly awaiting: Option | undefined;
  readonly isOnlyOperands: boolean;
  readonly operands: readonly string[];
}

function completingAt(program: Command, command: Command, cursor: Cursor): Completing {
  const { typed, awaiting, isOnlyOperands, operands } = cursor;
  if (awaiting) return { kind: "value", option: awaiting, before: "" };
  const options = optionsFor(program, command);
  if (!isOnlyOperands && typed.startsWith("-")) {
    const name = typed.slice(0, typed.indexOf("="));
    const option = typed.includes("=") ? options.find(({ long }) => long === name) : undefined;
    return option ? { kind: "value", option, before: `${name}=` } : { kind: "flag", of: options };
  }
  if (command.commands.length > 0) return { kind: "command", of: command };
  const argument =
    command.registeredArguments[operands.length] ?? command.registeredArguments.findLast(({ variadic }) => variadic);
  return argument ? { kind: "operand", command, argument, before: operands } : { kind: "nothing" };
}

function optionsFor(program: Command, command: Command): readonly Option[] {
  return [...command.options, ...(command === program ? [] : program.options)];
}
