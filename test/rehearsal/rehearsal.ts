import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { openClient } from "@flotilla/api/client";
import { compileProgram } from "../../scripts/program.ts";
import { waitFor } from "../lab/wait-for.ts";

/** Enough units that the daemon handles several at once. */
const UNITS = Array.from({ length: 40 }, (_, index) => `rehearsed${index}.service`);
const FILE = "[Service]\nExecStart=/bin/true\n";
const LIMIT = { timeoutMs: 20_000 };

export interface RehearsalStage {
  /** The directory that contains fleetd's program. */
  readonly dist: string;
  /** An empty directory for the daemon's files. */
  readonly directory: string;
  /** The socket of a bus on which a stand-in replaces systemd. */
  readonly busSocket: string;
  /** fleetd's arguments for its store. */
  readonly storeArguments: readonly string[];
}

/**
 * Runs fleetd's program in this process with `--user`: it joins an empty cluster, starts units and destroys them. The
 * program does not end.
 * @returns V8's code cache of the program after that.
 */
export async function rehearse({ dist, directory, busSocket, storeArguments }: RehearsalStage): Promise<Buffer> {
  symlinkSync(busSocket, join(directory, "bus"));
  Object.assign(process.env, { XDG_RUNTIME_DIR: directory, XDG_STATE_HOME: directory, XDG_CONFIG_HOME: directory });
  for (const name of ["NOTIFY_SOCKET", "LISTEN_FDS", "INVOCATION_ID"]) delete process.env[name];
  process.argv = [process.execPath, join(dist, "fleetd.cjs"), "--user", ...storeArguments];
  const program = compileProgram(join(dist, "fleetd-program.cjs"), undefined);
  program.run();
  await useDaemon(`unix://${directory}/fleet.sock`);
  return program.code();
}

async function useDaemon(endpoint: string): Promise<void> {
  const client = openClient({ endpoints: [endpoint], requestTimeoutMs: 5_000 });
  await waitFor("the daemon to join", async () => (await client.listMachines()).items.length === 1, LIMIT);
  await Promise.all(UNITS.map((unit) => client.putUnit(unit, { file: FILE, desiredState: "launched" })));
  await waitFor(
    "the units to be active",
    async () => {
      const { items } = await client.listStates();
      return items.filter(({ active }) => active === "active").length === UNITS.length;
    },
    LIMIT,
  );
  await Promise.all(UNITS.map((unit) => client.destroyUnit(unit)));
  await waitFor("the units to be gone", async () => (await client.listStates()).items.length === 0, LIMIT);
  client.close();
}
