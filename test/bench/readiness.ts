import type { Host } from "../lab/index.ts";

/** Milliseconds from systemd's start of fleetd's process to the daemon's word that it is ready. */
export async function readiness(host: Host): Promise<number> {
  await host.run(["systemctl", "restart", "fleet.service"]);
  const { ExecMainStartTimestampMonotonic: started, ActiveEnterTimestampMonotonic: ready } = await host.show(
    "fleet.service",
    "ExecMainStartTimestampMonotonic",
    "ActiveEnterTimestampMonotonic",
  );
  return (Number(ready) - Number(started)) / 1000;
}
