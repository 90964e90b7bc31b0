import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const SCRIPT =
  '#!/bin/sh\n# Answers what ssh asks with a line of standard input.\nread -r answer\nprintf "%s\\n" "$answer"\n';

/**
 * Variables with which ssh takes its answers from standard input where there is no terminal to ask on, as fleet did:
 * `echo yes | fleetctl --tunnel HOST ...` accepts a new host's key. ssh(1), SSH_ASKPASS.
 *
 * @param directory of this process's own: the script that ssh runs is put there.
 * @param variables a program that the user has for this already stays.
 */
export async function answersFromStdin(
  directory: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  if (variables["SSH_ASKPASS"]) return {};
  const script = join(directory, "askpass");
  await writeFile(script, SCRIPT, { mode: 0o700 });
  // Without a display ssh asks nobody; the script opens no window on it.
  return { SSH_ASKPASS: script, DISPLAY: variables["DISPLAY"] || ":0" };
}
