import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Host, REPOSITORY } from "../lab/index.ts";

const UNITS = ["fleet.service", "fleet.socket", "fleet-guard.service", "fleet-leave.service"];

/** Installs what the package would install, without a configuration: the host is in no cluster yet. */
export async function installBare({ disk }: Host): Promise<void> {
  for (const program of ["fleetctl", "fleetd"])
    await disk.link(`/usr/bin/${program}`, join(REPOSITORY, "packages", program, "bin", program));
  for (const unit of UNITS)
    await disk.write(`/etc/systemd/system/${unit}`, await readFile(join(REPOSITORY, "units", unit), "utf8"));
}

/** The command that `fleetctl cluster init` has printed for a further host. */
export function joinCommandIn(stdout: string): { readonly address: string; readonly token: string } {
  const [, address = "", token = ""] = /fleetctl join (\S+) --token (fleet1\.\S+)/.exec(stdout) ?? [];
  if (token === "") throw new Error(`no join command in ${stdout}`);
  return { address, token };
}

/**
 * Sets the clock that the processes of fleetd and the given commands see; other programs of the host keep theirs.
 * @param offset such as `-1h`.
 */
export async function setClock(host: Host, offset: string): Promise<readonly string[]> {
  // Timers go by the monotonic clock, which stays right.
  const variables = [
    "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    `FAKETIME=${offset}`,
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
  ];
  const environment = variables.map((variable) => `Environment=${variable}\n`).join("");
  await host.writeFile("/etc/systemd/system/fleet.service.d/clock.conf", `[Service]\n${environment}`);
  await host.run(["systemctl", "daemon-reload"]);
  return ["env", ...variables];
}
