import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { mainPid, putFiles, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
let host: Host;

before(async () => {
  cluster = await Cluster.boot({ hosts: 2 });
  host = cluster.host(1);
});
after(() => cluster.down());

function fleetctl(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return cluster.fleetctl(host, args, { check: false, env });
}

test("start --replace returns when the new file is in effect, not earlier", async () => {
  const version = (number: number): string =>
    `[Service]\nExecStartPre=/bin/sh -c 'test ${number} = 1 || sleep 1'\nExecStart=/bin/sleep 10000${number}\n`;
  await startUnits(cluster, host, { "new.service": version(1) });
  for (const number of [2, 3]) {
    await putFiles(host, { "new.service": version(number) });
    const replaced = await fleetctl(["start", "--replace", "/tmp/units/new.service"]);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.match(replaced.stdout, /^Unit new\.service launched on /);
    const home = await cluster.waitForActive("new.service");
    const { ExecStart, ActiveState } = await home.show("new.service", "ExecStart", "ActiveState");
    assert.match(ExecStart ?? "", new RegExp(`argv\\[\\]=/bin/sleep 10000${number} `));
    assert.equal(ActiveState, "active");
    const pid = await mainPid(home, "new.service");
    assert.equal(await home.readFile(`/proc/${pid}/cmdline`), `/bin/sleep\u000010000${number}\u0000`);
  }
  await fleetctl(["destroy", "new.service"]);
});

test("start --replace of a version that cannot start fails each time, without delay", async () => {
  const good = "[Service]\nType=exec\nExecStart=/bin/sleep 100000\n";
  const slow = "[Service]\nExecStart=/bin/sh -c 'trap \"sleep 2; exit\" TERM; sleep 100000 & wait'\n";
  await startUnits(cluster, host, { "broken.service": good });
  for (const [round, old] of [good, good, slow, good].entries()) {
    await putFiles(host, { "broken.service": `${old}Environment=ROUND=${round}\n` });
    const before = await fleetctl(["start", "--replace", "/tmp/units/broken.service"]);
    assert.equal(before.code, 0, before.stderr);
    await putFiles(host, { "broken.service": good.replace("/bin/sleep", `/opt/missing-${round}`) });
    const replaced = await fleetctl(["start", "--replace", "/tmp/units/broken.service"]);
    assert.equal(replaced.code, 1, replaced.stdout);
    assert.match(replaced.stderr, /^cannot start unit broken\.service on /);
  }
  await fleetctl(["destroy", "broken.service"]);
});

test("units that are started together run, whichever of them requires the other", async () => {
  const requiring = `[Unit]\nRequires=zb.service\nAfter=zb.service\n${SLEEPER.replace(/^\[Unit\]\n/, "")}`;
  const everywhere = "\n[X-Fleet]\nGlobal=true\n";
  for (let round = 0; round < 3; round += 1) {
    await putFiles(host, { "aa.service": requiring + everywhere, "zb.service": SLEEPER + everywhere });
    const started = await fleetctl(["start", "/tmp/units/aa.service", "/tmp/units/zb.service"]);
    assert.equal(started.code, 0, started.stderr);
    for (const each of cluster.hosts)
      for (const unit of ["aa.service", "zb.service"]) await waitFor(unit, () => each.isActive(unit));
    await fleetctl(["destroy", "aa.service", "zb.service"]);
  }
  const here = `\n[X-Fleet]\nMachineID=${await host.machineId()}\n`;
  await putFiles(host, { "aa.service": requiring + here });
  await host.run(["rm", "/tmp/units/zb.service"]);
  const alone = await fleetctl(["start", "/tmp/units/aa.service"]);
  assert.equal(alone.code, 1, alone.stdout);
  assert.match(alone.stderr, /Unit zb\.service not found\./);
  await putFiles(host, { "zb.service": SLEEPER + here });
  await fleetctl(["start", "/tmp/units/zb.service"]);
  await waitFor("the requiring unit to run", () => host.isActive("aa.service"));
  await fleetctl(["destroy", "aa.service", "zb.service"]);
});

test("fleet's fleetctl does not wait forever for a unit that requires an unknown unit, and a stopped unit does not start later", async () => {
  const here = `\n[X-Fleet]\nMachineID=${await host.machineId()}\n`;
  const requiring = `[Unit]\nRequires=zb.service\nAfter=zb.service\n${SLEEPER.replace(/^\[Unit\]\n/, "")}`;
  await putFiles(host, { "aa.service": requiring + here });
  await host.run(["rm", "/tmp/units/zb.service"]);
  assert.equal((await fleetctl(["start", "/tmp/units/aa.service"])).code, 1);
  const v1 = async (...args: readonly string[]): Promise<string> => {
    const url = "http://fleet/fleet/v1/units/aa.service";
    return (await host.run(["curl", "-s", "--unix-socket", "/run/fleet.sock", ...args, url])).stdout;
  };
  assert.match(await v1(), /"currentState":"launched"/);
  await v1("-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"desiredState":"loaded"}');
  await waitFor("the stop to take effect", async () => /"currentState":"loaded"/.test(await v1()));
  await putFiles(host, { "zb.service": SLEEPER + here });
  assert.equal((await fleetctl(["start", "/tmp/units/zb.service"])).code, 0);
  const { stdout } = await host.run(["sh", "-c", "systemctl is-active aa.service || :"]);
  assert.equal(stdout, "inactive\n");
  await fleetctl(["destroy", "aa.service", "zb.service"]);
});

test("a start is reported as skipped when a condition fails, and reset-failed hides no failure", async () => {
  const here = `\n[X-Fleet]\nMachineID=${await host.machineId()}\n`;
  await putFiles(host, {
    "may.service": `[Unit]\nConditionPathExists=/var/tmp/may\n[Service]\nExecStart=/bin/sleep 100000\n${here}`,
    "bad.service": `[Service]\nExecStart=/bin/false\n${here}`,
  });
  const skipped = await fleetctl(["start", "/tmp/units/may.service"]);
  assert.equal(skipped.code, 1, skipped.stdout);
  assert.match(skipped.stderr, /skipped: its condition ConditionPathExists=\/var\/tmp\/may is not met/);
  await host.run(["touch", "/var/tmp/may"]);
  const started = await fleetctl(["start", "may.service"]);
  assert.equal(started.code, 0, started.stderr);
  await fleetctl(["start", "/tmp/units/bad.service"]);
  await waitFor(
    "the unit to fail",
    async () => (await host.show("bad.service", "ActiveState"))["ActiveState"] === "failed",
  );
  await host.run(["systemctl", "reset-failed", "bad.service"]);
  await cluster.waitForUnits("the reset to be reported", (rows) =>
    rows.some(({ unit, active }) => unit === "bad.service" && active === "inactive"),
  );
  const json = (await fleetctl(["list-unit-files", "--output=json"])).stdout;
  assert.match(json, /last run ended with result \\"exit-code\\"; .*reset-failed/);
  await fleetctl(["destroy", "may.service", "bad.service"]);
});

test("start restarts a failed unit, like systemctl start", async () => {
  const everywhere = (...command: readonly string[]) => Promise.all(cluster.hosts.map((each) => each.run(command)));
  await everywhere("touch", "/var/tmp/healthy");
  await startUnits(cluster, host, {
    "sick.service": "[Service]\nExecStartPre=test -e /var/tmp/healthy\nExecStart=sleep 100000\n",
  });
  const home = await cluster.waitForActive("sick.service");
  await everywhere("rm", "/var/tmp/healthy");
  await home.signal("sick.service", "SIGKILL");
  await waitFor("the failure to be reported", async () =>
    (await cluster.listUnits()).some(({ unit, active }) => unit === "sick.service" && active === "failed"),
  );
  const still = await fleetctl(["start", "sick.service"]);
  assert.equal(still.code, 1, still.stdout);
  assert.match(still.stderr, /^cannot start unit sick\.service on /);
  await everywhere("touch", "/var/tmp/healthy");
  const again = await fleetctl(["start", "sick.service"]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^Unit sick\.service launched on /);
  assert.deepEqual(await fleetctl(["start", "sick.service"]), { code: 0, stdout: "", stderr: "" });
  await fleetctl(["destroy", "sick.service"]);
});

test("start restarts a unit that was stopped on its machine, and does not run a finished oneshot again", async () => {
  const once = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >>/var/tmp/once'\n";
  await startUnits(cluster, host, { "stopped.service": SLEEPER, "once.service": once });
  const home = await cluster.waitForActive("stopped.service");
  await home.run(["systemctl", "stop", "stopped.service"]);
  await waitFor("its end to be reported", async () =>
    (await cluster.listUnits()).some(({ unit, active }) => unit === "stopped.service" && active === "inactive"),
  );
  const again = await fleetctl(["start", "stopped.service", "once.service"]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^Unit stopped\.service launched on .*\n$/);
  assert.ok(await home.isActive("stopped.service"));
  const runs = await Promise.all(cluster.hosts.map((each) => each.run(["sh", "-c", "cat /var/tmp/once || :"])));
  assert.equal(runs.map(({ stdout }) => stdout).join(""), "ran\n");
  await fleetctl(["destroy", "stopped.service", "once.service"]);
});

test("start fails for a unit that exits right after its start, and shows only that start's journal", async () => {
  for (const round of [1, 2]) {
    await putFiles(host, { "dies.service": `[Service]\nExecStart=/bin/sh -c 'echo in round ${round}; exit 7'\n` });
    const { code, stderr } = await fleetctl(["start", "--replace", "/tmp/units/dies.service"]);
    assert.equal(code, 1);
    assert.match(stderr, /^cannot start unit dies\.service on /);
    assert.match(stderr, new RegExp(`in round ${round}`));
    if (round === 2) assert.doesNotMatch(stderr, /in round 1/);
  }
  await fleetctl(["destroy", "dies.service"]);
});

test("the journals of a global unit's copies are merged, and one copy or all can be restarted", async () => {
  await startUnits(cluster, host, { "all.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n` });
  for (const each of cluster.hosts) await waitFor("each copy to run", () => each.isActive("all.service"));
  const shorts = await Promise.all(cluster.hosts.map(async (each) => (await each.machineId()).slice(0, 8)));
  const merged = (await fleetctl(["journal", "--output=cat", "all.service"])).stdout;
  for (const short of shorts) assert.match(merged, new RegExp(`^all\\.service@${short}: began to sleep$`, "m"));

  const pids = async () => Promise.all(cluster.hosts.map((each) => mainPid(each, "all.service")));
  const before = await pids();
  const one = await fleetctl(["restart", `all.service@${await cluster.host(2).machineId()}`]);
  assert.equal(one.code, 0, one.stderr);
  const then = await pids();
  assert.equal(then[0], before[0]);
  assert.notEqual(then[1], before[1]);
  const all = await fleetctl(["restart", "all.service"]);
  assert.equal(all.stdout.match(/^Unit all\.service launched on /gm)?.length, 2);
  assert.ok((await pids()).every((pid, index) => pid !== "0" && pid !== then[index]));
  assert.match((await fleetctl(["status", `all.service@${shorts[1]}`])).stdout, /Active: active/);

  await using following = host.spawn(["fleetctl", "journal", "-f", "--lines=0", "--output=cat", "all.service"]);
  const lines = following.lines()[Symbol.asyncIterator]();
  const next = lines.next();
  await waitFor("a new journal line of each copy", async () => {
    await fleetctl(["restart", "all.service"]);
    return Promise.race([next, Promise.resolve(undefined)]);
  });
  assert.match(((await next).value as string | undefined) ?? "", /^all\.service@[0-9a-f]{8}: /);
  await fleetctl(["destroy", "all.service"]);
});

test("a journal looks as in journalctl, and is followed without a gap while both daemons restart", async () => {
  const odd = "printf 'two\\\\nlines\\\\n\\\\ta tab\\\\n\\\\033[31mred\\\\033[0m\\\\n\\\\001\\\\002\\\\n'";
  const count = "i=0; while sleep 0.05; do i=$((i+1)); echo count $i; done";
  await startUnits(cluster, host, { "counts.service": `[Service]\nExecStart=/bin/sh -c "${odd}; ${count}"\n` });
  const home = await cluster.waitForActive("counts.service");
  const asked = cluster.hosts.find((each) => each !== home) ?? home;

  await using following = asked.spawn(["fleetctl", "journal", "-f", "--output=cat", "counts.service"]);
  const restarts = [home, asked];
  const numbers: number[] = [];
  for await (const line of following.lines()) {
    const number = Number(/^count (\d+)$/.exec(line)?.[1] ?? 0);
    if (number === 0) continue;
    numbers.push(number);
    if (number % 20 === 0) await restarts.shift()?.run(["systemctl", "restart", "fleet.service"]);
    if (restarts.length === 0 && number > 60) break;
  }
  const first = numbers[0] ?? 0;
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => first + index),
  );

  await cluster.fleetctl(asked, ["stop", "counts.service"]);
  for (const mode of ["short", "short-precise", "cat"]) {
    const modes = [`--output=${mode}`, "--lines=1000"];
    const { stdout } = await home.run(["journalctl", "--unit=counts.service", "--no-pager", ...modes]);
    assert.equal((await fleetctl(["journal", ...modes, "counts.service"])).stdout, stdout);
  }
  await fleetctl(["destroy", "counts.service"]);
});

test("edit restarts a launched unit with the saved file", async () => {
  await startUnits(cluster, host, { "edited.service": "[Service]\nExecStart=/bin/sleep 100001\n" });
  const edited = await fleetctl(["edit", "edited"], { EDITOR: "sed -i s/100001/100002/" });
  assert.equal(edited.code, 0, edited.stderr);
  assert.match(edited.stdout, /^Unit edited\.service launched on /);
  const home = await cluster.waitForActive("edited.service");
  assert.match((await home.show("edited.service", "ExecStart"))["ExecStart"] ?? "", /100002/);
  const prose = await fleetctl(["edit", "edited"], { EDITOR: "sed -i '1s/.*/prose/'" });
  assert.equal(prose.code, 1);
  assert.match(prose.stderr, /line 1.*\nnothing was changed; your text is in \/tmp\/fleetctl-edit-/);
  await fleetctl(["destroy", "edited.service"]);
});

test("fleetctl tries the next endpoint when one does not answer", async () => {
  const list = ["list-machines", "--no-legend", "--fields=ip"];
  const known = await fleetctl(list);
  const endpoints = ["unix:///nonexistent.sock", "http://127.0.0.1:1", "unix:///var/run/fleet.sock"].join(",");
  assert.deepEqual(await fleetctl(["--endpoint", endpoints, ...list]), known);
  assert.deepEqual(await fleetctl(list, { FLEETCTL_ENDPOINT: endpoints }), known);
  const none = await fleetctl(["--endpoint", "unix:///nonexistent.sock,http://127.0.0.1:1", ...list]);
  assert.equal(none.code, 5);
  assert.match(none.stderr, /nonexistent\.sock: no such socket; http:\/\/127\.0\.0\.1:1: connection refused/);
});
