/** The contract on a user's systemd; runs as root inside a lab host, as dbus-unit-manager.live.ts does. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { unitManagerContract } from "../contract/index.ts";
import { LiveHarness } from "../fixture/live-harness.ts";

const RUNTIME_DIR = "/run/live-user";

unitManagerContract("D-Bus, a user's systemd", async () => {
  mkdirSync(RUNTIME_DIR, { mode: 0o700 });
  const service = ["--unit=live-user-systemd.service", "--property=Delegate=yes", "--property=Type=notify"];
  const environment = [`--setenv=XDG_RUNTIME_DIR=${RUNTIME_DIR}`, "--setenv=HOME=/root"];
  execFileSync("systemd-run", ["--quiet", ...service, ...environment, "/lib/systemd/systemd", "--user"]);
  const place = { bus: "session", runtimeDir: RUNTIME_DIR, hostUnits: "/etc/systemd/user" } as const;
  const harness = new LiveHarness(place);
  await harness.systemctl("start", "dbus.socket");
  return harness;
});
