import type { Host } from "../lab/index.ts";

/** Returns the milliseconds from the start of fleetd's process until it sends READY=1. */
export async function readiness(host: Host): Promise<number> {
  await host.run(["systemctl", "restart", "fleet.service"]);
  const { ExecMainStartTimestampMonotonic: started, ActiveEnterTimestampMonotonic: ready } = await host.show(
    "fleet.service",
    "ExecMainStartTimestampMonotonic",
    "ActiveEnterTimestampMonotonic",
  );
  return (Number(ready) - Number(started)) / 1000;
}
