/**
 * The import rule of docs/architecture.md, and the globals that pure packages must not use, as oxlint overrides.
 * import-rule.test.ts tests each line.
 */

/** The packages of Flotilla that each package may import, by the name after `@flotilla/`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  unit: [],
  runtime: [],
  model: ["unit"],
  schedule: ["model", "unit"],
  access: ["unit"],
  link: ["runtime"],
  store: ["link", "runtime"],
  registry: ["store", "access", "model", "unit", "runtime"],
  systemd: ["unit", "runtime"],
  engine: ["schedule", "registry", "model", "runtime"],
  agent: ["registry", "systemd", "model", "unit", "runtime"],
  api: ["registry", "access", "model", "unit", "runtime"],
  membership: ["access", "registry", "link", "model", "runtime"],
  fleetctl: ["api/client", "access", "membership/client", "unit", "runtime"],
  secrets: ["registry", "link", "unit", "runtime"],
  fleetd: [
    ...[
      "access",
      "agent",
      "api",
      "api/client",
      "api/http",
      "engine",
      "link",
      "membership",
      "membership/client",
      "model",
      "registry",
      "runtime",
      "schedule",
      "secrets",
      "unit",
    ],
    ...["store", "store/etcd", "store/etcd/address", "store/embedded", "store/remote", "systemd", "systemd/dbus"],
  ],
};

/** Additional imports of every package's tests: fakes and the ports' contract suites. */
const TESTS_MAY_IMPORT = [
  ...["api", "link", "link/fixture", "link/memory", "membership/certificates", "membership/fixture"],
  ...["registry", "store", "store/memory", "store/contract"],
  ...["systemd", "systemd/fake", "systemd/contract"],
];

/** Libraries that only one folder may import. */
const LIBRARIES_ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  "packages/store/src/etcd": ["etcd3", "@grpc/*"],
  "packages/systemd/src/dbus/wire": ["dbus-next"],
  "packages/fleetd/src/metrics": ["prom-client"],
};

/** Layers within a package. Each folder may import only the folders after it. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "packages/systemd/src/dbus": ["units", "session", "wire"],
};

/** Values in, values out: no I/O, no clock, no randomness, no timers, nothing asynchronous. */
const PURE = ["unit", "model", "schedule", "access"];

const IMPURE_GLOBALS = [
  ...["Date", "performance", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Promise"],
  ...["process", "console", "fetch", "crypto", "globalThis"],
];

/** Packages whose src/contract is a suite of tests that every implementation of a port passes; api's is the HTTP contract. */
const WITH_SUITES = ["agent", "link", "store", "systemd"];

/** Files that only tests use. */
export const TEST_FILES = Object.keys(MAY_IMPORT).flatMap(testFilesOf);

/** Rules for pure packages that do not apply to their tests. */
const PURE_RULES = ["no-restricted-globals", "no-restricted-properties", "oxc/no-async-await"];

interface Override {
  readonly files: string[];
  readonly rules: Record<string, "off" | [severity: "error", ...options: unknown[]]>;
}

interface Pattern {
  readonly group: string[];
  readonly message: string;
}

/** The last matching override replaces a rule as a whole, so each override contains every restriction for its files. */
export function importRule(): Override[] {
  const restrict = (files: string[], ...patterns: Pattern[]): Override => ({
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [...patterns, ANOTHER_PACKAGES_SOURCE] }] },
  });
  const names = Object.keys(MAY_IMPORT);
  return [
    restrict(["test/**", "scripts/**"], librariesOf("")),
    ...names.map((name) => restrict([`packages/${name}/**`], packagesOf(name), librariesOf(""), FOR_TESTS)),
    ...PURE.map(pure),
    ...Object.keys(LIBRARIES_ONLY_IN).map((folder) =>
      restrict([`${folder}/**`], packagesOf(packageOf(folder)), librariesOf(folder), FOR_TESTS),
    ),
    ...Object.entries(LAYERS).flatMap(([root, layers]) =>
      layers.map((layer, index) => {
        const folder = `${root}/${layer}`;
        const libraries = librariesOf(folder in LIBRARIES_ONLY_IN ? folder : "");
        const above = layersAbove(root, layers.slice(0, index));
        return restrict([`${folder}/**`], packagesOf(packageOf(root)), libraries, FOR_TESTS, above);
      }),
    ),
    ...names.map((name) => {
      const folder = Object.keys(LIBRARIES_ONLY_IN).find((path) => packageOf(path) === name) ?? "";
      return restrict(testFilesOf(name), packagesOf(name, TESTS_MAY_IMPORT), librariesOf(folder));
    }),
    { files: TEST_FILES, rules: Object.fromEntries(PURE_RULES.map((rule) => [rule, "off"])) },
  ];
}

function pure(name: string): Override {
  const patterns = [packagesOf(name), librariesOf(""), FOR_TESTS, ANOTHER_PACKAGES_SOURCE, NODE];
  return {
    files: [`packages/${name}/src/**`],
    rules: {
      "no-restricted-imports": ["error", { patterns, paths: [HASHING] }],
      "no-restricted-globals": ["error", ...IMPURE_GLOBALS.map((global) => ({ name: global, message: PURE_MESSAGE }))],
      "no-restricted-properties": ["error", { object: "Math", property: "random", message: PURE_MESSAGE }],
      "oxc/no-async-await": ["error"],
    },
  };
}

const PURE_MESSAGE = `${PURE.join(", ")} touch no I/O, clock, randomness, timers or async (scripts/import-rule.ts).`;

const NODE: Pattern = { group: ["node:*", "!node:crypto"], message: PURE_MESSAGE };

const HASHING = { name: "node:crypto", allowImportNames: ["createHash"], message: PURE_MESSAGE };

const FOR_TESTS: Pattern = {
  group: ["node:test", "fast-check", "**/*.fixture.ts", "**/fixture/**", "**/*-harness.ts", "**/*.test.ts"],
  message: "Only tests may import this (scripts/import-rule.ts).",
};

const ANOTHER_PACKAGES_SOURCE: Pattern = {
  group: ["../**/src/**", "../**/packages/**", "@flotilla/*/src/**"],
  message: "Import another package by its name (scripts/import-rule.ts).",
};

function packagesOf(name: string, besides: readonly string[] = []): Pattern {
  const allowed = [...new Set([...(MAY_IMPORT[name] ?? []), ...besides])];
  return {
    group: ["@flotilla/*", "@flotilla/*/*", ...allowed.map((other) => `!@flotilla/${other}`)],
    message: `${name} may import of ours only: ${allowed.join(", ") || "nothing"} (scripts/import-rule.ts).`,
  };
}

/** Forbids the libraries that belong to another folder. */
function librariesOf(folder: string): Pattern {
  const others = Object.entries(LIBRARIES_ONLY_IN).filter(([owner]) => owner !== folder);
  return {
    group: others.flatMap(([, libraries]) => libraries),
    message: `Only ${others.map(([owner]) => owner).join(" and ")} may import this (scripts/import-rule.ts).`,
  };
}

/** Forbids imports of higher layers and of the code that assembles the layers. */
function layersAbove(root: string, layers: readonly string[]): Pattern {
  return {
    group: ["../*.ts", ...layers.map((layer) => `../${layer}/**`)],
    message: `The layers of ${root} import one way: ${LAYERS[root]?.join(", ")} (scripts/import-rule.ts).`,
  };
}

function testFilesOf(name: string): string[] {
  const suites = WITH_SUITES.includes(name) ? ["src/contract/**"] : [];
  const files = ["**/*.test.ts", "**/*.live.ts", "**/*.fixture.ts", "**/*-harness.ts", "src/fixture/**", ...suites];
  return files.map((pattern) => `packages/${name}/${pattern}`);
}

function packageOf(path: string): string {
  return path.split("/")[1] ?? "";
}
