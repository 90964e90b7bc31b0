import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../config/config-error.ts";
import { fleetdOptions } from "../config/fleetd-options.ts";
import { refuseAgentless } from "./refuse-agentless.ts";

test("disable_agent is refused exactly while units of the cluster are on the host", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "agentless-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const without = fleetdOptions.parse({ disable_agent: "true" });
  await refuseAgentless(directory, without);
  mkdirSync(join(directory, "units"));
  await refuseAgentless(directory, without);
  writeFileSync(join(directory, "units/a.service"), "");
  await refuseAgentless(directory, fleetdOptions.parse({}));
  await assert.rejects(refuseAgentless(directory, without), (error) => error instanceof ConfigError);
});
