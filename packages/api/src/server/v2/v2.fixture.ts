import assert from "node:assert/strict";
import type { ErrorBody } from "../../contract/v2/error.ts";
import { MACHINE_A, type Reply, type TestApi } from "../api.fixture.ts";

export const FILE = "# Kept, byte for byte.\n[Unit]\nDescription=Grüße\n\n[Service]\nExecStart=/bin/sleep 1000\n\n";
export const OTHER = "[Service]\nExecStart=/bin/true\n";
export const UNIT = "/fleet/v2/units/a.service";

/** Submits a.service and assigns it to machines in the cluster. */
export async function placed(api: TestApi, file = FILE, machines = [MACHINE_A]): Promise<void> {
  await api.call("PUT", UNIT, { body: { file, desiredState: "launched" } });
  const { digest, hash } = (await api.units.get("a.service")) ?? assert.fail();
  for (const machine of machines) {
    await api.put(`machine/${machine}`, {
      id: machine,
      primaryIP: "10.0.0.1",
      capacity: { cpus: 2, memoryBytes: 1024 },
    });
    await api.put(`assignment/${machine}/a.service`, { digest, hash, desired: "launched" });
    await api.put(`state/${machine}/a.service`, {
      hash,
      load: "loaded",
      active: "active",
      sub: "running",
      launched: true,
    });
  }
}

export function errorIn({ json }: Reply): ErrorBody {
  return (json as { error: ErrorBody }).error;
}
