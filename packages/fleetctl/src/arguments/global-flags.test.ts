import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../command-error.ts";
import { globalFlagTable, readGlobalFlags, variableOf } from "./global-flags.ts";

test("the defaults are fleet's", () => {
  const flags = readGlobalFlags({}, { HOME: "/home/me" });
  assert.deepEqual(flags.endpoints, ["unix:///var/run/fleet.sock"]);
  assert.equal(flags.requestTimeoutMs, 3000);
  assert.equal(flags.strictHostKeyChecking, true);
  assert.equal(flags.debug, false);
  assert.equal(flags.knownHostsFile, "/home/me/.fleetctl/known_hosts");
});

test("a flag takes precedence over its variable, a variable over the default", () => {
  const variables = {
    FLEETCTL_ENDPOINT: "http://a:1,http://b:2",
    FLEETCTL_REQUEST_TIMEOUT: "0.5",
    FLEETCTL_SSH_USERNAME: "",
  };
  const fromVariables = readGlobalFlags({}, variables);
  assert.deepEqual(fromVariables.endpoints, ["http://a:1", "http://b:2"]);
  assert.equal(fromVariables.requestTimeoutMs, 500);
  assert.equal(fromVariables.sshUsername, "core");
  assert.deepEqual(readGlobalFlags({ endpoint: "http://c:3" }, variables).endpoints, ["http://c:3"]);
});

test("an empty tunnel or file counts as unset, as in fleet, and overrides the variable", () => {
  const empty = { tunnel: "", caFile: "", certFile: "", keyFile: "" };
  const variables = { FLEETCTL_TUNNEL: "bastion", FLEETCTL_CA_FILE: "/ca", HOME: "/home/me" };
  assert.deepEqual(readGlobalFlags(empty, variables), readGlobalFlags({}, { HOME: "/home/me" }));
});

for (const { name } of globalFlagTable.filter(({ name }) => name !== "etcd-key-prefix")) {
  test(`--${name} can be given as ${variableOf(name)}`, () => {
    const value = { debug: "true", compat: "true", "strict-host-key-checking": "false" }[name as string] ?? "7";
    const given = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const { given: setByVariable, ...fromVariable } = readGlobalFlags({}, { [variableOf(name)]: value });
    const { given: setByFlag, ...fromFlag } = readGlobalFlags({ [given]: value }, {});
    const { given: setByNobody, ...unset } = readGlobalFlags({}, {});
    assert.notDeepEqual(fromVariable, unset);
    assert.deepEqual(fromVariable, fromFlag);
    assert.deepEqual([...setByVariable], [[name, variableOf(name)]]);
    assert.deepEqual([...setByFlag], [[name, `--${name}`]]);
    assert.equal(setByNobody.size, 0);
  });
}

test("the current names of file flags take precedence over the deprecated ones", () => {
  const deprecated = { etcdKeyfile: "/key", etcdCertfile: "/cert", etcdCafile: "/ca" };
  const { keyFile, certFile, caFile } = readGlobalFlags(deprecated, { FLEETCTL_CA_FILE: "/other" });
  assert.deepEqual([keyFile, certFile, caFile], ["/key", "/cert", "/ca"]);
  assert.equal(readGlobalFlags({ ...deprecated, caFile: "/other" }, {}).caFile, "/other");
  assert.equal(readGlobalFlags({}, { FLEETCTL_ETCD_CAFILE: "/ca" }).caFile, "/ca");
});

test("a request timeout of 0 means no limit, and no timeout exceeds node's longest timer", () => {
  const day = 24 * 3_600_000;
  for (const requestTimeout of ["0", "0.0", "1e9"])
    assert.equal(readGlobalFlags({ requestTimeout }, {}).requestTimeoutMs, 24 * day);
  assert.equal(readGlobalFlags({ sshTimeout: "1e9" }, {}).sshTimeoutMs, 24 * day);
});

test("booleans are read as Go reads them", () => {
  assert.equal(readGlobalFlags({}, { FLEETCTL_STRICT_HOST_KEY_CHECKING: "false" }).strictHostKeyChecking, false);
  assert.equal(readGlobalFlags({ debug: true }, { FLEETCTL_DEBUG: "0" }).debug, true);
});

const refused: readonly [Record<string, string>, RegExp][] = [
  [{ FLEETCTL_REQUEST_TIMEOUT: "soon" }, /FLEETCTL_REQUEST_TIMEOUT=soon/],
  [{ FLEETCTL_SSH_TIMEOUT: "-1" }, /FLEETCTL_SSH_TIMEOUT=-1/],
  [{ FLEETCTL_REQUEST_TIMEOUT: " " }, /FLEETCTL_REQUEST_TIMEOUT= : not a number/],
  [{ FLEETCTL_SSH_TIMEOUT: "0" }, /FLEETCTL_SSH_TIMEOUT=0/],
  [{ FLEETCTL_DEBUG: "maybe" }, /FLEETCTL_DEBUG=maybe/],
  [{ FLEETCTL_ENDPOINT: "," }, /cannot use FLEETCTL_ENDPOINT: no endpoint given/],
];

for (const [variables, message] of refused) {
  test(`refused: ${JSON.stringify(variables)}`, () => {
    assert.throws(
      () => readGlobalFlags({}, variables),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}
