import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const directory = mkdtempSync(join(tmpdir(), "fleet-conf-"));
after(() => rmSync(directory, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}) {
  const file = join(directory, "fleet.conf");
  writeFileSync(file, text);
  return loadConfig({ file, required: true, environment });
}

test("without a file, fleet's defaults apply", async () => {
  const config = await loadConfig({ file: join(directory, "none"), required: false, environment: {} });
  assert.equal(config.agent_ttl, 30_000);
  assert.equal(config.engine_reconcile_interval, 2_000);
  assert.equal(config.etcd_request_timeout, 1_000);
  assert.equal(config.etcd_key_prefix, "/_coreos.com/fleet/");
  assert.equal(config.token_limit, 100);
  assert.deepEqual(config.metadata, { pairs: {}, ignored: [] });
});

const good: readonly [line: string, option: string, value: unknown][] = [
  ["agent_ttl=5s", "agent_ttl", 5_000],
  ['agent_ttl="1m30s"', "agent_ttl", 90_000],
  ["agent_ttl=2000h", "agent_ttl", 7_200_000_000],
  ["engine_reconcile_interval=0.5", "engine_reconcile_interval", 500],
  ["public_ip='10.0.0.1'", "public_ip", "10.0.0.1"],
  ['etcd_servers=["http://a:2379", "http://b:2379"]', "etcd_servers", ["http://a:2379", "http://b:2379"]],
  ["etcd_servers=['http://a:2379']", "etcd_servers", ["http://a:2379"]],
  ["etcd_servers=http://a:2379,http://b:2379", "etcd_servers", ["http://a:2379", "http://b:2379"]],
  [
    'metadata="region=us-west, az = us-west-1,region=eu"',
    "metadata",
    { pairs: { region: "eu", az: "us-west-1" }, ignored: [] },
  ],
  // The same results as fleet's config.go.
  ["metadata=region=a=b", "metadata", { pairs: { region: "a=b" }, ignored: [] }],
  ['metadata="region=, az=x"', "metadata", { pairs: { region: "", az: "x" }, ignored: [] }],
  ['metadata="ssd, region=eu,=x, = y,"', "metadata", { pairs: { region: "eu" }, ignored: ["ssd", "=x", "= y"] }],
  [
    'metadata="__proto__=x, constructor=y, toString=z"',
    "metadata",
    { pairs: { constructor: "y", toString: "z" }, ignored: ["__proto__=x"] },
  ],
  ["metadata=region", "metadata", { pairs: {}, ignored: ["region"] }],
  ["metadata=", "metadata", { pairs: {}, ignored: [] }],
  ["disable_engine=true", "disable_engine", true],
  ["disable_agent=yes", "disable_agent", true],
  ["verbosity=2", "verbosity", 2],
  ["enable_grpc=true", "enable_grpc", true],
  ['etcd_key_prefix="/elsewhere/"', "etcd_key_prefix", "/elsewhere/"],
  ["etcd_key_prefix=/elsewhere", "etcd_key_prefix", "/elsewhere/"],
  ["etcd_key_prefix=else//where", "etcd_key_prefix", "/else/where/"],
  ['etcd_key_prefix=""', "etcd_key_prefix", "/"],
  ["etcd_request_timeout=2.5", "etcd_request_timeout", 2_500],
  ["etcd_cafile=/etc/ca.pem", "etcd_cafile", "/etc/ca.pem"],
  ["etcd_certfile=/etc/cert.pem", "etcd_certfile", "/etc/cert.pem"],
  ["etcd_keyfile=/etc/key.pem", "etcd_keyfile", "/etc/key.pem"],
  ["etcd_username=fleet", "etcd_username", "fleet"],
  ['etcd_password="a;b#c"', "etcd_password", "a;b#c"],
  ["token_limit=1000", "token_limit", 1_000],
  ["disable_watches=true", "disable_watches", true],
  ["authorized_keys_file=~/.ssh/authorized_keys", "authorized_keys_file", "~/.ssh/authorized_keys"],
  ["store_path=/tmp/store.db", "store_path", "/tmp/store.db"],
  ["secrets_keyfile=/etc/fleet/secrets.key", "secrets_keyfile", "/etc/fleet/secrets.key"],
  ["certificate_life=1h", "certificate_life", 3_600_000],
  ['listen=["tcp://127.0.0.1:49153"]', "listen", [{ kind: "tcp", host: "127.0.0.1", port: 49_153 }]],
  ["peer_port=0", "peer_port", 0],
  ["reserve_cpu=0.5", "reserve_cpu", 500],
  ["reserve_cpu=150%", "reserve_cpu", 1_500],
  ["reserve_memory=512M", "reserve_memory", 512 * 1024 ** 2],
  ["reserve_disk=2G", "reserve_disk", 2 * 1024 ** 3],
  ["overcommit_cpu=2", "overcommit_cpu", 2],
  ["overcommit_memory=1.5", "overcommit_memory", 1.5],
  ["max_units=50", "max_units", 50],
  ["strategy=pack", "strategy", "pack"],
  ["insecure_api=true", "insecure_api", true],
  ["api_certfile=/etc/api.pem", "api_certfile", "/etc/api.pem"],
  ["api_keyfile=/etc/api.key", "api_keyfile", "/etc/api.key"],
  ["api_clientcafile=/etc/clients.pem", "api_clientcafile", "/etc/clients.pem"],
  ["metrics_listen=tcp://127.0.0.1:9100", "metrics_listen", [{ kind: "tcp", host: "127.0.0.1", port: 9_100 }]],
  [
    "servers=s1,[fd00::1]:7000",
    "servers",
    [
      { host: "s1", port: 7333 },
      { host: "fd00::1", port: 7000 },
    ],
  ],
  ["# a comment\n\nstore=embedded", "store", "embedded"],
];

for (const [line, option, value] of good) {
  test(`fleet.conf accepts: ${line}`, async () => {
    const config = await load(line);
    assert.deepEqual(config[option as keyof typeof config], value);
  });
}

/** All options of fleet 1.0 (fleet.conf.sample). */
const OF_FLEET = [
  ...["verbosity", "public_ip", "metadata", "agent_ttl", "engine_reconcile_interval", "token_limit"],
  ...["etcd_servers", "etcd_request_timeout", "etcd_cafile", "etcd_certfile", "etcd_keyfile"],
  ...["etcd_username", "etcd_password", "etcd_key_prefix"],
  ...["disable_engine", "disable_watches", "enable_grpc", "authorized_keys_file"],
];

test("each of fleet's options has a line above, and a row in docs/reference/configuration.md", async () => {
  const tested = new Set(good.map(([, option]) => option));
  const table = await readFile(new URL("../../../../docs/reference/configuration.md", import.meta.url), "utf8");
  for (const option of OF_FLEET) {
    assert.ok(tested.has(option), option);
    assert.match(table, new RegExp(`^\\|.*\`${option}\`.*\\|.*\\|`, "m"), option);
  }
});

const bad: readonly [text: string, message: RegExp][] = [
  ["verbosity=0\nmetdata=a=b", /line 2: unknown option "metdata"; did you mean "metadata"\?/],
  ["nonsense=1", /line 1: unknown option "nonsense"; fleet\.conf\(5\) lists the options/],
  ["\n__proto__=1", /line 2: unknown option "__proto__"/],
  ["constructor=1", /line 1: unknown option "constructor"/],
  ["\nagent_ttl=soon", /line 2: agent_ttl="soon" must be a duration/],
  ["agent_ttl=10ms", /agent_ttl="10ms" must be a duration from 1s to 8760h/],
  ["etcd_request_timeout=3601", /etcd_request_timeout="3601" must be a number of seconds above 0 and up to 3600/],
  ["reserve_cpu=lots", /reserve_cpu="lots" must be a number of cores such as "2", "0\.5" or "150%"/],
  ["reserve_memory=10%", /reserve_memory="10%" must be a size such as "512M" or "2G"/],
  ["overcommit_cpu=0", /overcommit_cpu="0" must be a factor above 0 and up to 100, such as "1\.5"/],
  ["overcommit_memory=150%", /overcommit_memory="150%" must be a factor/],
  ["strategy=binpack", /strategy="binpack" must be "spread" or "pack"/],
  ["max_units=many", /max_units="many" must be a whole number from 0 to 10000/],
  ["mass_loss_least=10001", /mass_loss_least="10001" must be a whole number from 1 to 10000/],
  ["events_kept=0", /events_kept="0" must be a whole number from 1 to 100000/],
  ["events_kept_for=1s", /events_kept_for="1s" must be a duration from 60s to 8760h/],
  ["mass_loss_hold=8761h", /mass_loss_hold="8761h" must be a duration from 1s to 8760h/],
  [
    `metadata=k=${"v".repeat(65_535)}`,
    /^\S+ line 1: metadata="k=v{198}…" has 65537 characters, but at most 65536 are allowed$/,
  ],
  ["token_limit=0", /token_limit="0" must be a whole number from 1/],
  ["disable_engine=maybe", /must be "true" or "false"/],
  ["disable_agent=2", /must be "true" or "false"/],
  ["etcd_servers=[http", /must be a list/],
  ['etcd_servers=["http://a:1","ftp://b"]', /line 1: etcd_servers=.* not "ftp:\/\/b"/],
  ["\nlisten=8080", /line 2: listen="8080" .* not "8080"/],
  ["[fleet]\nverbosity=1", /line 1: fleet.conf has no sections/],
  ["verbosity", /line 1: verbosity needs a value/],
  ["metrics_listen=unix:///run/x", /metrics_listen=.* must be a list of addresses such as tcp:/],
  ["servers=s1\ninsecure_api=true", /line 2: cannot use insecure_api= together with servers=/],
  ["store=redis", /must be "etcd" or "embedded"/],
  ["servers=http://s1", /line 1: servers="http:\/\/s1" must be a list of servers such as .*, not "http:\/\/s1"/],
  [
    "servers=s1\netcd_servers=http://a:2379",
    /line 2: cannot use etcd_servers= together with servers=: an agent reaches/,
  ],
  ["store=embedded\nservers=s1", /line 1: cannot use store= together with servers=/],
  [
    "servers=s1\nlisten=tcp://0.0.0.0:80",
    /line 2: cannot use listen= together with servers=: .* let the servers listen/,
  ],
];

for (const [text, message] of bad) {
  test(`fleet.conf is refused: ${JSON.stringify(text.slice(0, 60))}`, async () => {
    await assert.rejects(load(text), (error) => error instanceof ConfigError && message.test(error.message));
  });
}

test("the environment overrides the file, and an error names the variable", async () => {
  assert.deepEqual((await load("metadata=a=1", { FLEET_METADATA: "a=2" })).metadata.pairs, { a: "2" });
  await assert.rejects(load("", { FLEET_AGENT_TTL: "x" }), /environment variable FLEET_AGENT_TTL: agent_ttl="x"/);
});

test("a variable of an unknown option is refused, as in the file", async () => {
  await assert.rejects(
    load("", { FLEET_BOGUS: "1" }),
    /environment variable FLEET_BOGUS: unknown option "bogus"; fleet\.conf\(5\) lists the options/,
  );
  await assert.rejects(load("", { FLEET_CONSTRUCTOR: "1" }), /unknown option "constructor"/);
  await assert.rejects(load("", { FLEET_METDATA: "a=b" }), /FLEET_METDATA: .* did you mean "metadata"\?/);
  await load("", { FLEETCTL_ENDPOINT: "unix:///run/fleet.sock", FLEET: "1" });
});

test("a file that the user named must exist", async () => {
  await assert.rejects(
    loadConfig({ file: "/nowhere/fleet.conf", required: true, environment: {} }),
    /cannot read configuration file \/nowhere\/fleet\.conf: no such file/,
  );
});

test("a file that is not text is refused", async () => {
  await assert.rejects(
    loadConfig({ file: process.execPath, required: true, environment: {} }),
    /cannot parse configuration file .*: not UTF-8 text/,
  );
});

test("fleet's older options are accepted with default values; an error for another value says what to do", async () => {
  await load("verify_units=false\nunits_directory=/run/fleet/units/\nsystemd_user=false\n");
  await assert.rejects(
    load("systemd_user=true"),
    /line 1: systemd_user="true" cannot be true: start fleetd with --user/,
  );
  await assert.rejects(load("units_directory=/etc/x"), /must be "\/run\/fleet\/units\/"/);
});
