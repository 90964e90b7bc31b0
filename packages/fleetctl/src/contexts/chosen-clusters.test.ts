import assert from "node:assert/strict";
import { test } from "node:test";
import { readGlobalFlags } from "../arguments/global-flags.ts";
import { UsageError } from "../command-error.ts";
import { chooseClusters, onlyCluster } from "./chosen-clusters.ts";
import type { Contexts, SavedContext } from "./saved-context.ts";

const prod: SavedContext = {
  endpoints: ["https://prod:1"],
  caFile: "/prod/ca",
  certFile: "/prod/cert",
  keyFile: "/prod/key",
};
const lab: SavedContext = { endpoints: ["http://lab:1"], ca: "PEM", tunnel: "bastion", sshUsername: "admin" };
const contexts = new Map([
  ["prod", prod],
  ["lab", lab],
]);
const current: Contexts = { current: "prod", contexts };

type Words = Readonly<Record<string, string>>;

function chosen(saved: Contexts | undefined, given: Words = {}, variables: Words = {}) {
  const flags = readGlobalFlags(given, { HOME: "/home/me", ...variables });
  return { flags, ...chooseClusters(flags, () => saved) };
}

const DEFAULT = "unix:///var/run/fleet.sock";

/** In the order of precedence, the strongest last. */
const precedence: readonly [what: string, saved: Contexts | undefined, given: Words, variables: Words, string][] = [
  ["without contexts, fleet's default", undefined, {}, {}, DEFAULT],
  ["without a current context, fleet's default", { contexts }, {}, {}, DEFAULT],
  ["the current context", current, {}, {}, "https://prod:1"],
  ["FLEETCTL_CONTEXT over the current context", current, {}, { FLEETCTL_CONTEXT: "lab" }, "http://lab:1"],
  ["an empty FLEETCTL_CONTEXT counts as unset", current, {}, { FLEETCTL_CONTEXT: "" }, "https://prod:1"],
  ["--context over FLEETCTL_CONTEXT", current, { context: "lab" }, { FLEETCTL_CONTEXT: "prod" }, "http://lab:1"],
  ["FLEETCTL_TUNNEL over --context", current, { context: "lab" }, { FLEETCTL_TUNNEL: "host" }, DEFAULT],
  ["--tunnel over --context", current, { context: "lab", tunnel: "host" }, {}, DEFAULT],
  ["FLEETCTL_ENDPOINT over --context", current, { context: "lab" }, { FLEETCTL_ENDPOINT: "http://e:1" }, "http://e:1"],
  [
    "--endpoint over everything",
    current,
    { context: "lab", endpoint: "http://f:1" },
    { FLEETCTL_CONTEXT: "lab", FLEETCTL_ENDPOINT: "http://e:1" },
    "http://f:1",
  ],
];

for (const [what, saved, given, variables, endpoint] of precedence) {
  test(`precedence: ${what}`, () => {
    const { clusters, isList } = chosen(saved, given, variables);
    assert.deepEqual(
      clusters.map(({ flags }) => flags.endpoints),
      [[endpoint]],
    );
    assert.equal(isList, false);
  });
}

for (const [given, variables] of [
  [{ endpoint: "http://f:1" }, {}],
  [{}, { FLEETCTL_ENDPOINT: "http://f:1" }],
  [{ tunnel: "host" }, {}],
  [{}, { FLEETCTL_TUNNEL: "host" }],
] as const) {
  test(`nothing of a context reaches a cluster that is named by ${JSON.stringify({ ...given, ...variables })}`, () => {
    for (const context of [{}, { context: "prod" }, { context: "prod,lab" }, { context: "unknown" }]) {
      const { flags, clusters } = chosen(current, { ...given, ...context }, variables);
      assert.deepEqual(clusters, [{ context: undefined, flags }]);
    }
  });
}

test("a --context that is not used is reported; a variable is not", () => {
  const { warning } = chosen(current, { context: "lab" }, { FLEETCTL_ENDPOINT: "http://e:1" });
  assert.equal(warning, "--context lab is not used: FLEETCTL_ENDPOINT names the cluster");
  assert.equal(chosen(current, { endpoint: "http://e:1" }, { FLEETCTL_CONTEXT: "lab" }).warning, undefined);
});

test("flags that are given take precedence over those of the context, each for itself", () => {
  const rows: readonly [Words, Words][] = [
    [{}, { caFile: "/prod/ca", certFile: "/prod/cert", keyFile: "/prod/key" }],
    [{ caFile: "/my/ca" }, { caFile: "/my/ca", certFile: "/prod/cert", keyFile: "/prod/key" }],
    [
      { certFile: "/my/cert", keyFile: "/my/key" },
      { caFile: "/prod/ca", certFile: "/my/cert", keyFile: "/my/key" },
    ],
  ];
  for (const [given, files] of rows) {
    const { caFile, certFile, keyFile } = chosen(current, given).clusters[0].flags;
    assert.deepEqual({ caFile, certFile, keyFile }, files);
  }
  // A certificate never goes with the key of another source.
  assert.equal(chosen(current, { certFile: "/my/cert" }).clusters[0].flags.keyFile, undefined);
  const ofLab = chosen(current, { context: "lab" }).clusters[0].flags;
  assert.deepEqual([ofLab.ca, ofLab.caFile, ofLab.tunnel, ofLab.sshUsername], ["PEM", undefined, "bastion", "admin"]);
  const own = chosen(current, { context: "lab", caFile: "/my/ca", sshUsername: "core" }).clusters[0].flags;
  assert.deepEqual([own.ca, own.caFile, own.sshUsername], [undefined, "/my/ca", "core"]);
});

for (const [text, names, isList] of [
  ["lab,prod", ["lab", "prod"], true],
  ["lab, lab,", ["lab"], true],
  ["all", ["lab", "prod"], true],
  ["lab", ["lab"], false],
] as const) {
  test(`--context ${text}`, () => {
    const { clusters, isList: list } = chosen(current, { context: text });
    assert.deepEqual([clusters.map(({ context }) => context), list], [names, isList]);
    if (isList) assert.throws(() => onlyCluster({ clusters, isList: list }), /cannot run this command in several/);
    else assert.equal(onlyCluster({ clusters, isList: list }).context, text);
  });
}

for (const [saved, text, message] of [
  [current, "prd", /^unknown context prd: the contexts are lab, prod$/],
  [current, "lab,prd", /^unknown context prd/],
  [undefined, "prod", /^unknown context prod: no context is saved; add one with/],
  [undefined, "all", /^cannot use --context all: no context is saved/],
  [current, ",", /^cannot use --context ,/],
] as const) {
  test(`refused: --context ${text} of ${saved ? "two contexts" : "none"}`, () => {
    assert.throws(
      () => chosen(saved, { context: text }),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test("a context's token is used only for the context's cluster, and a token that is given takes precedence", () => {
  const withToken = { current: "ci", contexts: new Map([["ci", { endpoints: ["https://ci:1"], token: "@/ci" }]]) };
  assert.equal(chosen(withToken, {}).clusters[0].flags.token, "@/ci");
  assert.equal(chosen(withToken, { token: "@/mine" }).clusters[0].flags.token, "@/mine");
  assert.equal(chosen(withToken, { endpoint: "https://other:1" }).clusters[0].flags.token, undefined);
});
