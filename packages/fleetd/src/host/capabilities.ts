import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { arch, release } from "node:os";
import { join } from "node:path";
import type { Capabilities } from "@flotilla/model";

/** Programs whose presence decides which units a machine can run. */
const PROGRAMS = ["docker", "podman"];

/** Where hosts keep such programs; /opt/bin is that of hosts with a read-only /usr. */
const DIRECTORIES = ["/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/opt/bin"];

/** The names of ConditionArchitecture= (systemd.unit(5)) for those of Node. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "x86-64",
  ia32: "x86",
  ppc64: "ppc64-le",
  loong64: "loongarch64",
};

/**
 * Reads what the host can do, as metadata that nobody has to write: `has`, `arch`, `kernel`, `systemd`, `os` and
 * `os_version`. What cannot be read is left out.
 *
 * @param systemdVersion as systemd tells it; undefined if unknown.
 */
export async function readCapabilities(systemdVersion: string | undefined): Promise<Capabilities> {
  const [programs, system] = await Promise.all([
    Promise.all(PROGRAMS.map(async (program) => ((await isThere(program)) ? [program] : []))),
    readOsRelease(),
  ]);
  return {
    has: programs.flat(),
    arch: [ARCHITECTURES[arch()] ?? arch()],
    kernel: [release()],
    ...(systemdVersion !== undefined && { systemd: [systemdVersion] }),
    ...(system.ID !== undefined && { os: [system.ID] }),
    ...(system.VERSION_ID !== undefined && { os_version: [system.VERSION_ID] }),
  };
}

async function isThere(program: string): Promise<boolean> {
  const found = await Promise.allSettled(
    DIRECTORIES.map((directory) => access(join(directory, program), constants.X_OK)),
  );
  return found.some(({ status }) => status === "fulfilled");
}

/** The assignments of os-release(5), without quotes. */
async function readOsRelease(): Promise<Readonly<Record<string, string | undefined>>> {
  const read = (path: string): Promise<string> => readFile(path, "utf8");
  const text = await read("/etc/os-release").catch(() => read("/usr/lib/os-release").catch(() => ""));
  const lines = [...text.matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm)];
  return Object.fromEntries(lines.map(([, name = "", , value]) => [name, value]));
}
