import type { LocalHost } from "./local-host.ts";

export const MACHINE_ID = "113f16a7".padEnd(32, "0");

/** A host in memory, with fleetd installed. Programs succeed, unless the test says otherwise. */
export function fakeHost({
  files: given = {},
  fails = () => undefined,
  ...own
}: Partial<LocalHost> & {
  readonly files?: Readonly<Record<string, string>>;
  /** Returns what a program prints that fails; undefined if it succeeds. */
  readonly fails?: (command: string) => string | undefined;
} = {}) {
  const files = new Map(
    Object.entries({ "/etc/machine-id": `${MACHINE_ID}\n`, "/proc/sys/kernel/random/boot_id": "b-1\n", ...given }),
  );
  const modes = new Map<string, number>();
  const ran: string[] = [];
  const host: LocalHost = {
    isRoot: true,
    endpoint: "unix:///nonexistent/fleet.sock",
    read: async (path) => files.get(path),
    write: async (path, text, mode) => {
      files.set(path, text);
      modes.set(path, mode);
    },
    remove: async (path) => void files.delete(path),
    run: async (command) => {
      const line = command.join(" ");
      ran.push(line);
      const output = fails(line) ?? unlikely(line, files);
      if (output !== undefined) return { code: 1, output };
      return { code: 0, output: line.includes("StatusText") ? "in the cluster" : "" };
    },
    ...own,
  };
  return { host, files, modes, ran };
}

/** What fails on a host without a running daemon. */
function unlikely(line: string, files: ReadonlyMap<string, string>): string | undefined {
  const [, path] = /^test -e (.*)$/.exec(line) ?? [];
  if (path !== undefined) return files.has(path) ? undefined : "";
  return /^systemctl is-(active|failed)/.test(line) ? "" : undefined;
}
