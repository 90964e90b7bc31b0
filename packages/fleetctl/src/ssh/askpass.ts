import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const SCRIPT =
  '#!/bin/sh\n# Reads the answer to a question of ssh from standard input.\nread -r answer\nprintf "%s\\n" "$answer"\n';

/**
 * Variables that let ssh read answers from standard input where there is no terminal, as in fleet: `echo yes fleetctl
 * --tunnel HOST ...` accepts a new host's key (ssh(1), SSH_ASKPASS).
 *
 * @param directory a directory of this process for the script.
 * @param variables the user's SSH_ASKPASS takes precedence.
 */
export async function answersFromStdin(
  directory: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  if (variables["SSH_ASKPASS"]) return {};
  const script = join(directory, "askpass");
  await writeFile(script, SCRIPT, { mode: 0o700 });
  // ssh asks only with a DISPLAY; the script opens no window.
  return { SSH_ASKPASS: script, DISPLAY: variables["DISPLAY"] || ":0" };
}
