import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type Finished, type TestCluster, testCluster } from "../../cluster.fixture.ts";

interface User {
  readonly cluster: TestCluster;
  readonly path: string;
  /** Runs fleetctl with the user's contexts and without FLEETCTL_ENDPOINT. */
  fleetctl(this: void, ...args: readonly string[]): Promise<Finished>;
  with(this: void, variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Finished>;
}

async function user(t: TestContext): Promise<User> {
  const cluster = await testCluster(t);
  const own = { FLEETCTL_ENDPOINT: "", XDG_CONFIG_HOME: cluster.directory };
  const withVariables: User["with"] = (variables, ...args) =>
    cluster.fleetctlWith({ variables: { ...own, ...variables } }, ...args);
  return {
    cluster,
    path: join(cluster.directory, "flotilla/contexts.json"),
    fleetctl: (...args) => withVariables({}, ...args),
    with: withVariables,
  };
}

/** A user with the contexts `east` and `west`, two clusters, and `gone`, where nothing listens. */
async function userOfThree(t: TestContext): Promise<User & { readonly west: TestCluster }> {
  const me = await user(t);
  const west = await testCluster(t);
  for (const [name, endpoint] of [
    ["east", me.cluster.endpoint],
    ["west", west.endpoint],
    ["gone", "http://127.0.0.1:1"],
  ] as const)
    assert.equal((await me.fleetctl("context", "add", name, "--endpoint", endpoint)).code, 0);
  for (const cluster of [me.cluster, west]) await cluster.file("a.service");
  await west.fleetctl("start", "a.service");
  return { ...me, west };
}

test("a context is added, used, listed and removed", async (t) => {
  const { fleetctl, cluster } = await user(t);
  const added = await fleetctl("context", "add", "prod", "--endpoint", cluster.endpoint);
  assert.deepEqual(added, {
    code: 0,
    stdout: "",
    stderr: "saved context prod; use it with --context prod, or with fleetctl context use prod\n",
  });
  assert.match((await fleetctl("--context", "prod", "list-machines")).stdout, /172\.17\.8\.103/);
  assert.equal((await fleetctl("context", "use", "prod")).code, 0);
  assert.match((await fleetctl("list-machines")).stdout, /172\.17\.8\.103/);
  assert.equal(
    (await fleetctl("context", "add", "lab", "--tunnel", "bastion", "--ssh-username", "admin", "--use")).stderr,
    "",
  );
  assert.equal(
    (await fleetctl("context", "list")).stdout.replace(cluster.endpoint, "unix:///s").replaceAll(/\t+/g, " "),
    "CURRENT NAME ENDPOINT TUNNEL CREDENTIALS\n* lab unix:///var/run/fleet.sock bastion -\n- prod unix:///s - -\n",
  );
  const removed = await fleetctl("context", "remove", "lab");
  assert.deepEqual(removed, { code: 0, stdout: "", stderr: "lab was the current context; now none is\n" });
  assert.equal((await fleetctl("context", "use", "prod")).code, 0);
  assert.equal((await fleetctl("context", "use", "--none")).code, 0);
  assert.deepEqual(JSON.parse((await fleetctl("context", "list", "--output", "json")).stdout), [
    { name: "prod", current: false, endpoints: [cluster.endpoint], credentials: "" },
  ]);
});

test("a token is saved for its context and shown by no command; a file is saved by its path", async (t) => {
  const { fleetctl, cluster, path } = await user(t);
  const token = `fleet1.${"0".repeat(64)}.abcdefgh01.${"A".repeat(43)}`;
  await cluster.file("token", token);
  const add = (given: string) =>
    fleetctl("--token", given, "context", "add", "ci", "--endpoint", "https://a:1", "--replace");
  const saved = (): unknown =>
    (JSON.parse(readFileSync(path, "utf8")) as { contexts: { ci: { token: string } } }).contexts.ci.token;
  await add("@token");
  assert.equal(saved(), `@${join(cluster.directory, "token")}`);
  await add(token);
  assert.equal(saved(), token);
  for (const output of ["text", "json"]) {
    const { stdout } = await fleetctl("context", "list", "--output", output);
    assert.match(stdout, /token/);
    assert.ok(!stdout.includes(token));
  }
  assert.match((await add("nonsense")).stderr, /cannot read the token: it is not of the form fleet1/);
});

test("files are saved as absolute paths, and a changed file is used", async (t) => {
  const { fleetctl, cluster, path } = await user(t);
  const make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ca"];
  execFileSync("openssl", [...make, "-keyout", "key.pem", "-out", "ca.pem"], {
    cwd: cluster.directory,
    stdio: "ignore",
  });
  await fleetctl("context", "add", "prod", "--endpoint", "https://127.0.0.1:1", "--ca-file", "ca.pem", "--use");
  assert.equal(
    (JSON.parse(readFileSync(path, "utf8")) as { contexts: { prod: { caFile: string } } }).contexts.prod.caFile,
    join(cluster.directory, "ca.pem"),
  );
  assert.match(
    (await fleetctl("list-machines")).stderr,
    /^context prod: cannot reach fleetd \(https:\/\/127\.0\.0\.1:1/,
  );
  await cluster.file("ca.pem", "no certificate");
  const { code, stderr } = await fleetctl("list-machines");
  assert.deepEqual([code, /cannot read --ca-file .*ca\.pem: not a certificate/.test(stderr)], [2, true]);
});

const refused: readonly [args: readonly string[], code: number, message: RegExp][] = [
  [["add", "prod"], 2, /cannot save a context without a cluster: give --endpoint/],
  [["add", "all", "--endpoint", "http://a:1"], 2, /"all" as the name of a context: --context all stands for every/],
  [["add", "a,b", "--endpoint", "http://a:1"], 2, /"a,b" as the name of a context: a name has up to 63/],
  [["add", "east", "--endpoint", "http://a:1"], 1, /^context east exists already: add --replace/],
  [["add", "x", "--endpoint", "nonsense"], 2, /cannot parse endpoint "nonsense"/],
  [
    ["add", "x", "--endpoint", "https://a:1", "--ca-file", "none.pem"],
    2,
    /cannot read --ca-file \/.*\/none\.pem: no such file/,
  ],
  [["use", "est"], 2, /^unknown context est: the contexts are east$/m],
  [["use"], 2, /^give the name of a context, or --none$/m],
  [["use", "east", "--none"], 2, /^give the name of a context, or --none$/m],
  [["remove", "est"], 2, /^unknown context est/],
];

test("what cannot be saved, used or removed is refused and changes nothing", async (t) => {
  const { fleetctl, path } = await user(t);
  await fleetctl("context", "add", "east", "--endpoint", "http://a:1");
  const before = readFileSync(path, "utf8");
  for (const [args, code, message] of refused) {
    const finished = await fleetctl("context", ...args);
    assert.equal(finished.code, code, args.join(" "));
    assert.match(finished.stderr, message);
  }
  assert.equal(readFileSync(path, "utf8"), before);
  const replaced = await fleetctl("context", "add", "east", "--endpoint", "http://b:1", "--replace");
  assert.equal(replaced.code, 0);
  assert.match((await fleetctl("context", "list")).stdout, /http:\/\/b:1/);
});

test("--endpoint and FLEETCTL_ENDPOINT win over contexts, also over a broken file", async (t) => {
  const { fleetctl, with: withVariables, cluster, path } = await userOfThree(t);
  await fleetctl("context", "use", "gone");
  assert.equal((await fleetctl("--endpoint", cluster.endpoint, "list-machines")).code, 0);
  const own = { FLEETCTL_ENDPOINT: cluster.endpoint };
  assert.deepEqual(await withVariables(own, "--context", "gone", "list-units"), {
    code: 0,
    stdout: "UNIT\tMACHINE\tACTIVE\tSUB\n",
    stderr: "--context gone is not used: FLEETCTL_ENDPOINT names the cluster\n",
  });
  assert.match(
    (await withVariables(own, "context", "list")).stderr,
    /^the current context is not in use: FLEETCTL_ENDPOINT takes precedence$/m,
  );
  writeFileSync(path, "{");
  assert.equal((await withVariables(own, "list-machines")).code, 0);
  assert.equal((await fleetctl("verify", "a.service")).code, 0);
  const broken = await fleetctl("list-machines");
  assert.deepEqual(
    [broken.code, broken.stderr],
    [1, `cannot read contexts from ${path}: line 1 is not JSON; correct the file, or remove it\n`],
  );
});

test("listings and status of several contexts have the cluster, and a failure of one is told", async (t) => {
  const { fleetctl, with: withVariables } = await userOfThree(t);
  await fleetctl("context", "use", "east");
  const east = await fleetctl("list-units", "--no-legend");
  assert.deepEqual(east, { code: 0, stdout: "", stderr: "" });
  const both = await fleetctl("--context", "east,west", "list-unit-files");
  assert.deepEqual([both.code, both.stderr], [0, ""]);
  assert.match(both.stdout, /^CLUSTER\tUNIT\t\t.*\nwest\ta\.service\t[^\n]*\n$/);
  const machines = await withVariables({ FLEETCTL_CONTEXT: "all" }, "list-machines", "--no-legend");
  assert.equal(machines.code, 6);
  assert.deepEqual(
    machines.stdout.split("\n").map((line) => line.split("\t")[0]),
    ["east", "east", "west", "west", ""],
  );
  assert.match(
    machines.stderr,
    /^context gone: cannot reach fleetd \(http:\/\/127\.0\.0\.1:1: connection refused\)[^\n]*\n$/,
  );
  const chosen = await fleetctl("--context", "all", "list-units", "--fields", "unit,cluster", "--no-legend");
  assert.equal(chosen.stdout, "a.service\twest\n");
  const json = await fleetctl("--context", "west,", "list-units", "--output", "json");
  const [unit] = JSON.parse(json.stdout) as { cluster: string; name: string }[];
  assert.deepEqual([unit?.cluster, unit?.name], ["west", "a.service"]);
  assert.equal((await fleetctl("--context", "gone,", "list-units")).code, 5);
});

/** The line of `status` that names the machine. */
const ON = "    Machine: 113f16a7... (web1.example.com, 172.17.8.103)\n";

test("status of several contexts", async (t) => {
  const { fleetctl, west, cluster } = await userOfThree(t);
  const halfKnown = await fleetctl("--context", "east,west", "status", "a");
  assert.deepEqual(halfKnown, {
    code: 4,
    stdout: `Cluster west:\n* a.service\n     Loaded: loaded\n${ON}`,
    stderr: "context east: Unit a.service does not exist.\n",
  });
  await cluster.fleetctl("start", "a.service");
  await west.file("b.service");
  await west.fleetctl("start", "b.service");
  const known = await fleetctl("--context", "east,west", "status", "*");
  assert.deepEqual(known, {
    code: 0,
    stdout:
      `Cluster east:\n* a.service\n     Loaded: loaded\n${ON}\n` +
      `Cluster west:\n* a.service\n     Loaded: loaded\n${ON}\n* b.service\n     Loaded: loaded\n${ON}`,
    stderr: "",
  });
  const partial = await fleetctl("--context", "east,gone", "status", "a", "--output", "json");
  assert.equal(partial.code, 6);
  assert.match(partial.stderr, /^context gone: cannot reach fleetd/);
  const [first] = JSON.parse(partial.stdout) as { cluster: string; name: string }[];
  assert.deepEqual([first?.cluster, first?.name], ["east", "a.service"]);
});

test("other commands refuse several contexts before they do anything", async (t) => {
  const { fleetctl, west } = await userOfThree(t);
  for (const args of [["stop", "a"], ["cat", "a"], ["journal", "a"], ["ssh", "113f"], ["release-hold"]]) {
    const { code, stderr } = await fleetctl("--context", "east,west", ...args);
    assert.equal(code, 2, args.join(" "));
    assert.match(
      stderr,
      /cannot run this command in several clusters: give one context; --context NAME,NAME and --context all/,
    );
  }
  assert.match((await west.fleetctl("list-units")).stdout, /a\.service\t.*active/);
});

test("names of contexts are completed", async (t) => {
  const { fleetctl } = await userOfThree(t);
  const complete = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await fleetctl("__complete", "--", ...words)).stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
  assert.deepEqual(await complete("--context", ""), ["east", "west", "gone", "all", ""]);
  assert.deepEqual(await complete("--context", "w"), ["west", ""]);
  assert.deepEqual(await complete("list-units", "--context=west,"), ["--context=west,east", "--context=west,gone", ""]);
  assert.deepEqual(await complete("context", "use", ""), ["east", "west", "gone", ""]);
  assert.deepEqual(await complete("--context", "west", "stop", ""), ["a.service", ""]);
  assert.deepEqual(await complete("--context", "east,west", "stop", ""), [""]);
});
