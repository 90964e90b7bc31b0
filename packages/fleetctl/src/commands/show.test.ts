import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, OTHER_MACHINE, testCluster } from "../cluster.fixture.ts";

const GLOBAL = "[Service]\nExecStart=/bin/true\n[X-Fleet]\nGlobal=true\n";

test("show prints systemd's properties and the cluster's", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "nowhere.service", "fails.service", "a-unreachable.service", "all.service"])
    await cluster.file(name, name === "all.service" ? GLOBAL : undefined);
  await cluster.fleetctl("start", "a", "all");
  await cluster.fleetctl("start", "fails");
  await cluster.fleetctl("start", "--no-block", "nowhere", "a-unreachable");
  const own = `Machine=${MACHINE}\nDesiredState=launched\nCurrentState=launched\nGlobal=no\nProblem=\n`;
  const nowhere = "nowhere.service cannot be placed; 2 machines: metadata region=eu missing";
  for (const [args, stdout, code] of [
    [["a"], `${own}Id=a.service\nMainPID=7\nExecStart={ path=/bin/sleep }\n`, 0],
    [["a", "-p", "MainPID,Machine"], `Machine=${MACHINE}\nMainPID=7\n`, 0],
    [["a", "--property=MainPID", "--value"], "7\n", 0],
    [["-P", "DesiredState", "a"], "launched\n", 0],
    [["-P", "Machine", "all"], `${MACHINE}\n\n${OTHER_MACHINE}\n`, 0],
    [["-P", "Machine", `all.service@${OTHER_MACHINE.slice(0, 8)}`], `${OTHER_MACHINE}\n`, 0],
    [["-p", "Machine,LoadState,ActiveState", "nowhere"], "Machine=\nLoadState=not-found\nActiveState=inactive\n", 0],
    [["-P", "Problem", "nowhere"], `${nowhere}\n`, 0],
    [["-P", "Problem", "fails"], 'last run ended with result "exit-code"\n', 0],
    [["-P", "Id", "a", "a-unreachable"], "a.service\n", 1],
  ] as const) {
    const answer = await cluster.fleetctl("show", ...args);
    assert.deepEqual([answer.stdout, answer.code], [stdout, code], args.join(" "));
  }
  const json = JSON.parse((await cluster.fleetctl("show", "a", "-p", "Id", "--output=json")).stdout) as unknown;
  assert.deepEqual(json, [{ unit: "a.service", properties: { Id: "a.service" } }]);
  assert.equal((await cluster.fleetctl("show", "a", "-p", "--user")).code, 2);
  assert.equal((await cluster.fleetctl("show", "unknown")).code, 1);
});
