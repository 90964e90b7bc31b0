import { type TokenText, parseToken } from "@flotilla/access";
import { resolve } from "node:path";
import { notAToken } from "../arguments/not-a-token.ts";
import { UsageError } from "../command-error.ts";
import type { Environment } from "../environment.ts";

/** A token as given, and its parts. */
export interface GivenToken extends TokenText {
  readonly text: string;
}

/** The longest input that may be a token, bytes. */
const MOST_BYTES = 4_096;

/**
 * Reads a token: the text itself, `@FILE`, `-` for standard input, or FLEETCTL_TOKEN. A file or the variable keep the
 * token out of the list of processes.
 * @throws UsageError for text that is no token; CommandError if the file cannot be read.
 */
export async function readToken(given: string | undefined, environment: Environment): Promise<GivenToken> {
  const text = (await textOf(given ?? environment.variables["FLEETCTL_TOKEN"], environment)).trim();
  const parsed = parseToken(text);
  if (parsed) return { ...parsed, text };
  throw notAToken(text);
}

async function textOf(given: string | undefined, { stdin, host, directory }: Environment): Promise<string> {
  if (given === undefined || given === "")
    throw new UsageError(
      "no token: give --token TOKEN, --token @FILE, --token - for standard input, or FLEETCTL_TOKEN",
    );
  if (given === "-") return textFrom(stdin);
  if (!given.startsWith("@")) return given;
  const text = await host.read(resolve(directory, given.slice(1)));
  if (text === undefined) throw new UsageError(`cannot read the token: ${given.slice(1)} does not exist`);
  return text;
}

async function textFrom(stdin: Environment["stdin"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new UsageError(`cannot read the token: standard input has over ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
