import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";

/**
 * Asks the person at the terminal.
 * @param otherwise what is the case without a yes, for the message.
 * @throws CommandError unless the person agrees.
 */
export async function confirm(context: Context, question: string, otherwise: string): Promise<void> {
  const { stdin } = context.environment;
  if (!stdin.isTerminal) throw new CommandError(`${question} Nobody can be asked here; add --yes`);
  context.tell(`${question} [y/N]`);
  for await (const chunk of stdin) {
    if (/^y(es)?$/i.test(Buffer.from(chunk).toString().trim())) return;
    break;
  }
  throw new CommandError(otherwise);
}
