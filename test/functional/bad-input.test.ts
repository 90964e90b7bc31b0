import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { SLEEPER } from "./running-units.ts";

let cluster: Cluster;
let host: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1 });
  host = cluster.host(1);
  await host.writeFile("/tmp/prose.service", "Dear systemd,\nplease run redis.\n");
  await host.writeFile("/tmp/empty.service", "");
  await host.writeFile("/tmp/broken.service", "[Service\nExecStart=/bin/true\n");
  await host.writeFile("/tmp/good.service", SLEEPER);
  await host.writeFile("/tmp/nosuffix", SLEEPER);
  await host.writeFile("/tmp/README.md", "# Read me\n");
  await host.writeFile("/tmp/stops.service", `${SLEEPER}\n[Unit]\nConflicts=fleet.service\n`);
  await host.writeFile(
    "/tmp/both.service",
    `${SLEEPER}\n[X-Fleet]\nMachineID=0123456789abcdef0123456789abcdef\nGlobal=true\n`,
  );
  await host.writeFile("/tmp/typo.service", `${SLEEPER}\n[X-Fleet]\nMachineMetdata=region=eu\n`);
  await host.run([
    "sh",
    "-c",
    "head -c 2000000 /dev/zero | tr '\\0' x | sed 's/^/[Service]\\nExecStart=\\/bin\\/true\\n# /' > /tmp/huge.service",
  ]);
});
after(() => cluster.down());

/** Returns the cluster's content. No refused request may change it. */
async function contents(): Promise<string> {
  return (await apiRequest(host, "/fleet/v1/units")).text;
}

const refusedByFleetctl: readonly [what: string, args: readonly string[], message: RegExp][] = [
  ["a file that is not a unit file", ["start", "/tmp/prose.service"], /prose\.service.*line 1/is],
  ["an empty file", ["submit", "/tmp/empty.service"], /empty\.service/],
  ["an unclosed section", ["submit", "/tmp/broken.service"], /line 1.*\]/is],
  ["a missing file", ["submit", "/tmp/absent.service"], /absent\.service/],
  ["a file whose name has no unit type", ["submit", "/tmp/README.md"], /cannot use \S*README\.md as a unit file/],
  [
    "a unit that would stop the daemon",
    ["start", "/tmp/stops.service"],
    /Conflicts=fleet\.service .* remove fleet\.service/,
  ],
  ["a missing file among good ones", ["start", "/tmp/good.service", "/tmp/absent.service"], /absent\.service/],
  ["a bad name", ["start", "../x.service"], /x\.service/],
  ["a name of 300 characters", ["start", `${"a".repeat(292)}.service`], /256/],
  ["a name without a suffix", ["submit", "/tmp/nosuffix"], /suffix|type|\.service/],
  ["contradictory requirements", ["start", "/tmp/both.service"], /MachineID.*Global|Global.*MachineID/s],
  ["an unknown unit", ["start", "unknown.service"], /unknown\.service/],
  ["stop of an unknown unit", ["stop", "unknown.service"], /unknown\.service/],
  ["destroy of an unknown unit", ["destroy", "unknown.service"], /unknown\.service/],
  ["status of an unknown unit", ["status", "unknown.service"], /unknown\.service/],
  ["journal of an unknown unit", ["journal", "unknown.service"], /unknown\.service/],
  ["an unknown command", ["strat", "x.service"], /strat.*start/s],
  ["an unknown flag", ["start", "--frobnicate", "x.service"], /frobnicate/],
  ["a file over the limit", ["submit", "/tmp/huge.service"], /KiB|too (large|big)|over/i],
  [
    "no daemon at the endpoint",
    ["--endpoint=unix:///run/nobody.sock", "list-units"],
    /nobody\.sock.*fleetd|fleetd.*nobody\.sock/s,
  ],
  ["an invalid endpoint", ["--endpoint=ftp://x", "list-units"], /ftp:\/\/x/],
];

for (const [what, args, message] of refusedByFleetctl) {
  test(`fleetctl refuses ${what} with a clear message and a non-zero exit code, and changes nothing`, async () => {
    const before = await contents();
    const { code, stdout, stderr } = await cluster.fleetctl(host, args, { check: false });
    assert.notEqual(code, 0);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at .*[.:]\d+/, "no stack trace");
    assert.equal(stdout, "");
    assert.equal(await contents(), before);
  });
}

test("an unknown option in [X-Fleet] is accepted, with a warning that suggests the nearest option", async () => {
  const { code, stderr } = await cluster.fleetctl(host, ["submit", "/tmp/typo.service"]);
  assert.equal(code, 0);
  assert.match(stderr, /MachineMetdata.*MachineMetadata/s);
  await cluster.fleetctl(host, ["destroy", "typo.service"]);
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function request(
  method: string,
  path: string,
  body?: string,
  headers: readonly string[] = ["content-type: application/json"],
): Promise<Answer> {
  const flags = ["-s", "--path-as-is", "--unix-socket", "/run/fleet.sock", "-X", method, "-w", "\n%{http_code}"];
  const sent = body === undefined ? [] : ["--data-binary", "@-", ...headers.flatMap((header) => ["-H", header])];
  const { stdout } = await host.run(["curl", ...flags, ...sent, `http://fleet${path}`], { input: body ?? "" });
  const cut = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(cut + 1)), body: stdout.slice(0, cut) };
}

const options = [{ section: "Service", name: "ExecStart", value: "/bin/true" }];
const refusedByApi: readonly [what: string, method: string, path: string, body: string, status: number][] = [
  ["broken JSON on v1", "PUT", "/fleet/v1/units/x.service", '{"desiredState":', 400],
  ["broken JSON on v2", "PUT", "/fleet/v2/units/x.service", '{"file":', 400],
  ["a body over the limit", "PUT", "/fleet/v2/units/x.service", JSON.stringify({ file: "x".repeat(20_000_000) }), 413],
  ["a bad name", "PUT", "/fleet/v1/units/x", JSON.stringify({ options }), 400],
  ["a name with ..", "PUT", "/fleet/v2/units/..%2Fx.service", JSON.stringify({ file: SLEEPER }), 400],
  [
    "an unknown unit without a file",
    "PUT",
    "/fleet/v1/units/x.service",
    JSON.stringify({ desiredState: "launched" }),
    409,
  ],
  [
    "an invalid desired state",
    "PUT",
    "/fleet/v2/units/x.service",
    JSON.stringify({ file: SLEEPER, desiredState: "running" }),
    400,
  ],
  [
    "a launched template",
    "PUT",
    "/fleet/v2/units/x@.service",
    JSON.stringify({ file: SLEEPER, desiredState: "launched" }),
    400,
  ],
  [
    "launching a unit whose name no machine can load",
    "PUT",
    `/fleet/v2/units/${"x".repeat(248)}.service`,
    JSON.stringify({ file: SLEEPER, desiredState: "launched" }),
    400,
  ],
  ["an unknown route", "GET", "/fleet/v2/nothing", "", 404],
  ["a wrong method", "POST", "/fleet/v1/machines", "{}", 405],
];

for (const [what, method, path, body, status] of refusedByApi) {
  test(`the API refuses ${what} with ${status} and a message`, async () => {
    const before = await contents();
    const answer = await request(method, path, body === "" ? undefined : body);
    assert.equal(answer.status, status);
    const { error } = JSON.parse(answer.body) as { error: { code: number; message: string } };
    assert.equal(error.code, status);
    assert.ok(error.message.length > 10, error.message);
    assert.equal(await contents(), before);
  });
}

test("a daemon does not start with an unknown key or a bad value in fleet.conf, and names the key and its line", async () => {
  for (const [text, message] of [
    ["verbosity=1\nagent_tll=5s\n", /bad\.conf line 2.*agent_tll.*agent_ttl/],
    ["agent_ttl=soon\n", /bad\.conf line 1.*agent_ttl.*soon/],
  ] as const) {
    await host.writeFile("/tmp/bad.conf", text);
    const { code, stderr } = await host.run(["fleetd", "--config", "/tmp/bad.conf"], { check: false });
    assert.notEqual(code, 0);
    assert.match(stderr, message);
  }
});

test("help and version print to standard output and exit with 0", async () => {
  const version = await cluster.fleetctl(host, ["version"]);
  assert.match(version.stdout, /^fleetctl version \d+\.\d+\.\d+\n$/);
  const help = await cluster.fleetctl(host, ["help", "start"]);
  assert.match(help.stdout, /Examples?:/);
});
