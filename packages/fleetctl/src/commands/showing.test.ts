import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE, MACHINE, OTHER_MACHINE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";
const ON = "    Machine: 113f16a7... (web1.example.com, 172.17.8.103)\n";
const STATUS_OF_A = `* a.service\n     Loaded: loaded\n${ON}`;

test("listings: fleet's bytes, chosen columns, JSON", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service", `[Unit]\nDescription=Says hello\n\n${FILE}`);
  await cluster.fleetctl("start", "hello.service");
  assert.equal(
    (await cluster.fleetctl("list-units")).stdout,
    `UNIT\t\tMACHINE\t\t\t\tACTIVE\tSUB\nhello.service\t${HERE}\tactive\trunning\n`,
  );
  assert.equal(
    (await cluster.fleetctl("list-units", "--no-legend", "--full", "--fields=unit,active,machine")).stdout,
    `hello.service\tactive\t${MACHINE}/172.17.8.103\n`,
  );
  assert.equal(
    (await cluster.fleetctl("list-unit-files", "--no-legend", "--fields", "unit,dstate,state,global,desc,target"))
      .stdout,
    `hello.service\tlaunched\tlaunched\tfalse\tSays hello\t${HERE}\n`,
  );
  assert.equal(
    (await cluster.fleetctl("list-machines", "--compat")).stdout,
    "MACHINE\t\tIP\t\tMETADATA\n113f16a7...\t172.17.8.103\tdisk=ssd,region=us\n85c0c595...\t172.17.8.102\tdisk=ssd,region=us\n",
  );
  assert.equal(
    (await cluster.fleetctl("list-machines", "--no-legend", "--full", "--fields", "machine")).stdout,
    `${MACHINE}\n${OTHER_MACHINE}\n`,
  );
  const [unit] = JSON.parse((await cluster.fleetctl("list-units", "--output", "json")).stdout) as {
    name: string;
    active: string;
  }[];
  assert.deepEqual([unit?.name, unit?.active], ["hello.service", "active"]);
  assert.match(
    (await cluster.fleetctl("list-unit-files", "--fields=tmachine")).stderr,
    /"tmachine" field is deprecated/,
  );
  const wrong = await cluster.fleetctl("list-units", "--fields=unit,colour");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /unknown column "colour" in --fields: use unit,load,active,sub,machine,hash/);
});

test("a journal entry with characters that some programs take for the end of a line", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  cluster.log("a.service", "one\u2028line\u2029");
  const { stdout } = await cluster.fleetctl("journal", "--lines=1", "--output=cat", "a.service");
  assert.equal(stdout, "one\u2028line\u2029\n");
});

test("status and journal", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "b.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a.service", "b.service");
  assert.deepEqual(await cluster.fleetctl("status", "a", "b"), {
    code: 0,
    stdout: `${STATUS_OF_A}\n${STATUS_OF_A.replace("a.service", "b.service")}`,
    stderr: "",
  });
  assert.match((await cluster.fleetctl("status", "?.service")).stdout, /^\* a\.service\n[^]*\* b\.service\n/);
  assert.match((await cluster.fleetctl("journal", "?.service")).stdout, /^a\.service@[^]*^b\.service@/m);
  for (const args of [["none*"], ["none*", "a"], ["none*", "a*"]]) {
    const { code, stdout, stderr } = await cluster.fleetctl("status", ...args);
    assert.deepEqual([code, stderr], [4, "no unit in the cluster matches none*\n"]);
    assert.equal(stdout, args.length === 1 ? "" : STATUS_OF_A);
  }
  assert.deepEqual(await cluster.fleetctl("status", "a", "none"), {
    code: 4,
    stdout: STATUS_OF_A,
    stderr: "Unit none.service does not exist.\n",
  });
  const journal = async (...args: readonly string[]) =>
    (await cluster.fleetctl("journal", ...args, "a.service")).stdout;
  assert.equal(await journal("--lines=3", "--sudo", "--output=verbose"), "3 lines of a.service\n");
  assert.match(
    await journal(),
    /^Jan 01 ..:00:00 h sh\[7\]: a\.service at 0\nJan 01 ..:00:02 h sh\[7\]: a\.service at 2\n$/,
  );
  assert.equal(await journal("--lines=1", "--output=cat"), "a.service at 2\n");
  assert.equal(await journal("-n", "all", "-o", "cat"), "a.service at 0\na.service at 2\n");
  assert.equal(await journal("--lines=0"), "-- No entries --\n");
  assert.equal(await journal("--lines=0", "--output=cat"), "");
  const following = cluster.fleetctlUntil(
    (_, out) => out.includes("at 2"),
    "journal",
    "-f",
    "--output=cat",
    "a.service",
  );
  assert.deepEqual(await following, { code: 0, stdout: "a.service at 0\na.service at 2\n", stderr: "" });
  await cluster.fleetctl("unload", "a.service");
  const unplaced = await cluster.fleetctl("status", "a.service");
  assert.equal(unplaced.code, 3);
  assert.match(unplaced.stderr, /^Unit a\.service does not appear to be loaded\./);
  assert.equal((await cluster.fleetctl("journal", "a.service")).code, 1);
});

test("status of a unit that its machine refuses is 3, with the reason that start gives", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("refused.service");
  const started = await cluster.fleetctl("start", "refused.service");
  assert.match(started.stderr, /^cannot start unit refused\.service on .*: The host has a unit of this name\.\n/);
  assert.deepEqual(await cluster.fleetctl("status", "refused"), {
    code: 3,
    stdout: `Unit refused.service could not be found.\n${ON}    Problem: The host has a unit of this name.\n`,
    stderr: "",
  });
  const [entry] = JSON.parse((await cluster.fleetctl("status", "--output=json", "refused")).stdout) as {
    readonly statuses: readonly object[];
  }[];
  assert.deepEqual(entry?.statuses, [
    {
      machineID: MACHINE,
      text: "Unit refused.service could not be found.\n",
      code: 3,
      problem: "The host has a unit of this name.",
    },
  ]);
});

test("status of several units shows those whose machine answers", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "unreachable.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a.service", "unreachable.service");
  assert.deepEqual(await cluster.fleetctl("status", "unreachable", "a"), {
    code: 1,
    stdout: STATUS_OF_A,
    stderr: "cannot show unit unreachable.service: Machine 113f16a7... does not answer.\n",
  });
  const elsewhere = await cluster.fleetctl("status", "--machine=beef", "a");
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stderr, /^unit a\.service is on no machine beef/);
});

test("settings of a machine that is gone for good can be dropped, by a prefix of its ID", async (t) => {
  const cluster = await testCluster(t);
  const gone = "deadbeef".padEnd(32, "0");
  const isSet = async (): Promise<boolean> => (await cluster.fleetctl("backup", "-")).stdout.includes(gone);
  for (const keys of [["region", "disk"], []]) {
    await cluster.fleetctl("metadata", "set", gone, "region=eu");
    await cluster.fleetctl("metadata", "unset", gone, "disk");
    assert.equal(await isSet(), true);
    assert.deepEqual(await cluster.fleetctl("metadata", "reset", "deadb", ...keys), {
      code: 0,
      stdout: "",
      stderr: "",
    });
    assert.equal(await isSet(), false);
  }
});

test("metadata of a machine", async (t) => {
  const cluster = await testCluster(t);
  assert.deepEqual(await cluster.fleetctl("metadata", "set", "113f", "region=eu"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await cluster.fleetctl("metadata", "unset", MACHINE, "disk"), { code: 0, stdout: "", stderr: "" });
  assert.match(
    (await cluster.fleetctl("list-machines", "--no-legend", "--compat")).stdout,
    /^113f16a7\.\.\.\t172\.17\.8\.103\tregion=eu\n/,
  );
  assert.equal((await cluster.fleetctl("metadata", "reset", "113f", "region", "disk")).code, 0);
  assert.match(
    (await cluster.fleetctl("list-machines", "--no-legend", "--compat")).stdout,
    /^113f.*\tdisk=ssd,region=us\n/,
  );
  await cluster.fleetctl("metadata", "unset", "113f", "region", "disk");
  assert.equal((await cluster.fleetctl("metadata", "set", "ffff", "a=b")).code, 1);
  assert.equal((await cluster.fleetctl("metadata", "set", "113f", "a")).code, 2);
  await cluster.fleetctl("metadata", "set", "113f", "note=one two\\");
  assert.match((await cluster.fleetctl("list-machines", "--compat")).stdout, /\tnote=one\\x20two\\x5c\n/);
  assert.match((await cluster.fleetctl("list-machines", "--output=json")).stdout, /"one two\\\\"/);
});

const [OF_A, OF_B] = [
  ["a.service at 0", "a.service at 2"],
  ["b.service at 0", "b.service at 2"],
];
const followed: readonly (readonly [args: readonly string[], messages: readonly string[]])[] = [
  [["a.service"], OF_A],
  [["--lines=0", "--output=cat", "a.service"], []],
  [["--output=json", "a.service"], OF_A],
  [
    ["--output=cat", "?.service"],
    [...OF_A, ...OF_B],
  ],
];
for (const [args, messages] of followed) {
  test(`journal -f ${args.join(" ")} continues at the same line after a restart of the daemon, and says so`, async (t) => {
    const cluster = await testCluster(t);
    for (const name of ["a.service", "b.service"]) await cluster.file(name);
    await cluster.fleetctl("start", "a.service", "b.service");
    let isCut = false;
    const cut = (): void => {
      isCut = true;
      cluster.cutConnections();
      cluster.log("a.service", "in the gap");
    };
    const isQuiet = args.includes("--lines=0");
    const following = cluster.fleetctlUntil(
      (told, out) => {
        if (!isCut && /a\.service at 2/.test(out)) cut();
        return out.includes("in the gap") && /following again/.test(told);
      },
      "journal",
      "-f",
      ...args,
    );
    if (isQuiet) {
      await cluster.isFollowed("a.service");
      cut();
    }
    const { code, stdout, stderr } = await following;
    assert.equal(code, 0);
    const shown = stdout.match(/.\.service at \d|in the gap/g)?.toSorted();
    assert.deepEqual(shown, [...messages, "in the gap"], "nothing lost, nothing twice");
    assert.match(stderr, /^lost the connection to the journal of a\.service; following again$/m);
    assert.doesNotMatch(stderr, /aborted/);
  });
}

test("journal -f in a mode without cursors resumes at the present end, and says so", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  let isCut = false;
  const { code, stderr } = await cluster.fleetctlUntil(
    (_, out) => {
      if (!isCut && out.includes("10 lines")) {
        isCut = true;
        cluster.cutConnections();
      }
      return out.includes("\n0 lines");
    },
    "journal",
    "-f",
    "--output=verbose",
    "a.service",
  );
  assert.equal(code, 0);
  assert.match(stderr, /^lost the connection to .*; following again from now on$/m);
});

test("list-machines warns of a hold, and release-hold ends it", async (t) => {
  const cluster = await testCluster(t);
  assert.match((await cluster.fleetctl("release-hold")).stdout, /^No hold is active$/m);
  const hold = { since: 1_700_000_000_000, of: 5 };
  for (const id of ["m1", "m2", "m3"]) await cluster.put(`roll/${id}`, { is: "away", held: true });
  await cluster.put("engine/roll", { hold });
  const { stdout, stderr } = await cluster.fleetctl("list-machines", "--no-legend", "--compat");
  assert.equal(stdout.split("\n").length, 3);
  assert.match(stderr, /^WARNING: 3 of 5 machines vanished together \(2023-11-14T22:13:20.000Z\)/);
  assert.match((await cluster.fleetctl("release-hold")).stdout, /move now/);
  const [release] = (await cluster.store.range({ prefix: "hold/" })).entries;
  assert.equal(release?.value, `{"since":${hold.since}}`);
});

test("status: failed attempts of a unit", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("start", "hello.service");
  const [unit] = (await cluster.store.range({ prefix: "unit/hello.service" })).entries;
  const attempt = { machineID: OTHER_MACHINE, since: 1, at: 1_700_000_000_000, reason: "It crashed." };
  await cluster.put("attempts/hello.service", { unitRevision: unit?.modRevision, failed: [attempt] });
  const { stdout } = await cluster.fleetctl("status", "hello.service");
  assert.match(stdout, /\n\nFailed attempts:\n  2023-11-14T22:13:20.000Z on 85c0c595...\/172.17.8.102: It crashed.\n$/);
  cluster.log("hello.service", "boom");
  assert.match((await cluster.fleetctl("journal", "hello.service@85c0")).stdout, / boom$/m);
  assert.equal(
    (await cluster.fleetctl("status", "hello.service@85c0")).code,
    1,
    "the unit is no longer on this machine",
  );
  await cluster.put("attempts/hello.service", { unitRevision: 0, failed: [attempt] });
  assert.doesNotMatch((await cluster.fleetctl("status", "hello.service")).stdout, /kept failing/);
});

test("journal passes journalctl's filters on, and then prints all that match", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  const journal = async (...args: readonly string[]) => {
    const { stdout, stderr } = await cluster.fleetctl("journal", "--output=verbose", ...args);
    return stdout + stderr;
  };
  const all = "1000000 lines of a.service";
  const date = ["--since=2026-11-30T10:00:00Z", "--until", "2026-11-30T11:00:00Z"];
  for (const [args, expected] of [
    [["-p", "err", "a"], `${all} priority=err\n`],
    [["-b", "a"], `${all} boot=0\n`],
    [["-b", "-1", "-n", "5", "a"], "5 lines of a.service boot=-1\n"],
    [["-g", "--follow x", "a"], `${all} grep=--follow x\n`],
    [[...date, "a"], `${all} since=2026-11-30T10:00:00.000Z until=2026-11-30T11:00:00.000Z\n`],
  ] as const)
    assert.equal(await journal(...args), expected);
  for (const [args, expected] of [
    [["-p", "loud", "a"], /^unknown priority --priority=loud: use/],
    [["--since=soon", "a"], /^cannot read --since=soon: use a duration/],
    [["--boot=x", "a"], /^cannot read --boot=x: use 0/],
    [["-f", "--until=1h", "a"], /^cannot follow a journal with --until/],
  ] as const) {
    const { code, stderr } = await cluster.fleetctl("journal", ...args);
    assert.equal(code, 2);
    assert.match(stderr, expected);
  }
});
