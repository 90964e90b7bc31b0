/**
 * Returns the privileged prefix of a command of Exec*=; undefined if there is none (systemd.service(5), Special
 * executable prefixes). A line may have several commands, separated by `;`. systemd unquotes and unescapes the first
 * word of a command before it reads the prefixes, so a quote or a backslash there may hide one.
 */
export function privilegedPrefix(line: string): string | undefined {
  const commands = line.split(/(?:^|(?<=\s));(?=\s|$)/);
  for (const command of commands) {
    const [start = ""] = /^[-@:|+!"'\\]*/.exec(command.trimStart()) ?? [];
    const found = /["'\\+!|]/.exec(start)?.[0];
    if (found !== undefined) return start;
  }
  return undefined;
}
