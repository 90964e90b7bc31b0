import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";

const DOCS = join(import.meta.dirname, "../docs/reference");
const PACKAGES = join(import.meta.dirname, "../packages");

/** A link from the page to a constant: `NAME`, or `object.field`. */
interface Link {
  readonly name: string;
  /** The path below packages/. */
  readonly file: string;
}

interface Row {
  readonly what: string;
  readonly limit: string;
  readonly links: readonly Link[];
}

const rows = rowsOf(readFileSync(join(DOCS, "limits.md"), "utf8"));

/** Constants with a limit's name that users never meet, by file. */
const OTHERS: Readonly<Record<string, string>> = {
  // Sizes of steps: the rest of the work follows in further steps.
  "agent/src/state-publisher.ts": "LONGEST_GATHER_MS",
  "agent/src/writing-pace.ts": "LONGEST_MS",
  "registry/src/assignment-registry.ts": "MAX_FILES",
  "registry/src/attendance-registry.ts": "MOST_AT_ONCE",
  "registry/src/copy/put-batches.ts": "MOST_CHARACTERS",
  "store/src/etcd/etcd-range.ts": "DEFAULT_LIMIT",
  "store/src/local/key-space.ts": "DEFAULT_LIMIT",
  "store/src/port/txn.ts": "MAX_TXN_OPS",
  "store/src/grouping/txn-group.ts": "MOST_TEXT",
  // How long an attempt may take before it is repeated.
  "fleetd/src/daemon/moving.ts": "FOLLOW_LIMIT_MS",
  // The longest pauses of retries with backoff.
  "store/src/etcd/grpc-options.ts": "MAX_RECONNECT_PAUSE_MS",
  "store/src/mirror/catch-up.ts": "PROBE_AT_MOST_MS",
  "systemd/src/dbus/session/pace.ts": "LONGEST_GAP_MS",
  // Limits on the length of messages, and on the search for their content.
  "api/src/server/checked.ts": "MOST_SENTENCES",
  "api/src/server/json-text.ts": "MOST_SEARCHED",
  "fleetd/src/config/load-config.ts": "MOST_SHOWN MOST_TYPOS",
  "runtime/src/programming-error.ts": "MOST_CAUSES",
  "systemd/src/journalctl.ts": "MAX_STDERR",
  "unit/src/warnings/nearest.ts": "MOST_TYPOS LONGEST",
  "unit/src/warnings/unit-warnings.ts": "MOST_WARNINGS",
  "unit/src/warnings/x-fleet-warnings.ts": "LONGEST_NAME",
  // Sizes of caches.
  "agent/src/unit/unit-texts.ts": "MOST_KEPT",
  "unit/src/glob.ts": "MOST_CHARACTERS",
  // Follows from a limit that is listed.
  "api/src/contract/limits.ts": "limits.machineIDCharacters",
  // Limits of Linux and of Node.
  "api/src/contract/signal-number.ts": "RT_MAX",
  "runtime/src/clock.ts": "LONGEST_TIMER_MS",
};

for (const { what, limit, links } of rows) {
  test(`docs/reference/limits.md has the code's limit: ${what} (${limit})`, () => {
    const values = links.map(({ file, name }) => valueIn(readFileSync(join(PACKAGES, file), "utf8"), name));
    assert.ok(values.length > 0, "the row names no constant");
    assert.deepEqual(quantitiesIn(limit), [...new Set(values)]);
  });
}

test("docs/reference/limits.md has a row for each limit of the code", () => {
  const linked = new Set(rows.flatMap(({ links }) => links.map(({ file, name }) => `${file} ${name}`)));
  const others = Object.entries(OTHERS).flatMap(([file, names]) => names.split(" ").map((name) => `${file} ${name}`));
  const limits = limitsOfTheCode();
  assert.ok(limits.length > 80);
  assert.deepEqual(
    limits.filter((limit) => !linked.has(limit) && !others.includes(limit)),
    [],
    "limits without a row",
  );
  assert.deepEqual(
    others.filter((limit) => linked.has(limit) || !limits.includes(limit)),
    [],
    "exceptions that no longer exist",
  );
});

/** Returns the rows of all tables of limits. The last column links to the constants. */
function rowsOf(page: string): readonly Row[] {
  const tables = page.split("\n\n").filter((part) => part.startsWith("| what | limit |"));
  const lines = tables.flatMap((table) => table.trim().split("\n").slice(2));
  return lines.map((line) => {
    const [what = "", limit = "", , , column = ""] = line.slice(2).split(" | ");
    const links = [...column.matchAll(/\[`([\w.]+)`\]\(\.\.\/\.\.\/packages\/([\w./-]+)\)/g)];
    return { what, limit, links: links.map(([, name = "", file = ""]) => ({ name, file })) };
  });
}

/** Returns the quantities in a text: bytes, milliseconds or counts. */
function quantitiesIn(limit: string): readonly number[] {
  const units: Readonly<Record<string, number>> = {
    ...{ KiB: 1024, MiB: 1024 ** 2 },
    ...{ s: 1_000, min: 60_000, h: 3_600_000, days: 86_400_000 },
  };
  return [...limit.matchAll(/(\d[\d,]*(?:\.\d+)?)(?: (KiB|MiB|s|min|h|days)\b)?/g)].map(
    ([, number = "", unit = ""]) => Number(number.replaceAll(",", "")) * (units[unit] ?? 1),
  );
}

/** Returns the value of a constant from a file's text. Other constants of the file may be part of its value. */
function valueIn(text: string, name: string): number {
  const [object, field] = name.split(".");
  const found =
    field === undefined
      ? new RegExp(`^(?:export )?const ${name} = ([^;]+);`, "m").exec(text)
      : new RegExp(`^export const ${object} = \\{[^]*?^  ${field}: ([^,]+),`, "m").exec(text);
  assert.ok(found?.[1], `no constant ${name}`);
  return product(text, found[1]);
}

function product(text: string, expression: string): number {
  return expression
    .split(" + ")
    .map((sum) => sum.split(" * ").reduce((result, factor) => result * factorIn(text, factor), 1))
    .reduce((result, addend) => result + addend);
}

function factorIn(text: string, factor: string): number {
  return /^[\d_]+$/.test(factor) ? Number(factor.replaceAll("_", "")) : valueIn(text, factor);
}

/** Returns all constants that are named like limits, without those of fixtures and fakes. */
function limitsOfTheCode(): readonly string[] {
  const files = globSync("*/src/**/*.ts", { cwd: PACKAGES }).filter(
    (file) => !/\.(test|fixture|live)\.ts$|\/(fake|contract\/.*(server|harness|contract)|dbus\/.*harness)/.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(PACKAGES, file), "utf8");
    const names = [...text.matchAll(/^(?:export )?const ([A-Z_]+) = [^;]*\d/gm)].map(([, name = ""]) => name);
    const plain = names.filter((name) => /(^|_)(MOST|MAX|LONGEST|LARGEST|LIMIT)(_|$)/.test(name));
    const objects = [...text.matchAll(/^export const (limits|[A-Z_]+_LIMITS) = \{([^]*?)^\}/gm)];
    const fields = objects.flatMap(([, object, body = ""]) =>
      [...body.matchAll(/^ {2}(\w+): /gm)].map(([, field]) => `${object}.${field}`),
    );
    return [...plain, ...fields].map((name) => `${relative(".", file)} ${name}`);
  });
}
