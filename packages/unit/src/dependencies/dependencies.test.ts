import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "../parse.ts";
import { contradiction } from "./contradiction.ts";
import { orderingCycle } from "./ordering-cycle.ts";
import { startClosure } from "./start-closure.ts";
import { stopClosure } from "./stop-closure.ts";
import { DependencyGraph } from "./dependency-graph.ts";
import { relationsOf } from "./relations.ts";

/** A graph of units, each with the lines of its file. */
function graphOf(files: Readonly<Record<string, readonly string[]>>): DependencyGraph {
  const graph = new DependencyGraph();
  for (const [name, lines] of Object.entries(files)) graph.set(name, parseUnitFile(lines.join("\n")).options);
  return graph;
}

const unit = (...lines: readonly string[]): readonly string[] => ["[Unit]", ...lines];
const names = (along: readonly { readonly unit: string }[]): string[] => along.map((one) => one.unit);

for (const [line, expected] of [
  ["Requires=b.service", "a.service requires b.service"],
  ["Requisite=b.service", "a.service requisite b.service"],
  ["Wants=b.service", "a.service wants b.service"],
  ["BindsTo=b.service", "a.service bindsTo b.service"],
  ["PartOf=b.service", "a.service partOf b.service"],
  ["Upholds=b.service", "a.service upholds b.service"],
  ["After=b.service", "a.service after b.service"],
  ["Before=b.service", "b.service after a.service"],
  ["Conflicts=b.service", "a.service conflicts b.service"],
  ["PropagatesReloadTo=b.service", "b.service reloadsWith a.service"],
  ["ReloadPropagatedFrom=b.service", "a.service reloadsWith b.service"],
  ["PropagatesStopTo=b.service", "b.service stopsWith a.service"],
  ["StopPropagatedFrom=b.service", "a.service stopsWith b.service"],
  ["OnFailure=b.service", "a.service onFailure b.service"],
  ["OnSuccess=b.service", "a.service onSuccess b.service"],
  ["[Install]\nWantedBy=b.service", "b.service wants a.service"],
  ["[Install]\nRequiredBy=b.service", "b.service requires a.service"],
  ["[Install]\nUpheldBy=b.service", "b.service upholds a.service"],
  ["After=a.service", ""],
  ["Description=b.service", ""],
] as const)
  test(`the dependency in ${JSON.stringify(line)}`, () => {
    const { options } = parseUnitFile(["[Unit]", line].join("\n"));
    const told = relationsOf("a.service", options).map(({ unit: from, kind, on }) => `${from} ${kind} ${on}`);
    assert.equal(told.join(), expected);
  });

test("names in a template's instance are expanded, and each is listed once", () => {
  const { options } = parseUnitFile("[Unit]\nAfter=db@%i.service db@%i.service\nAfter=%p-data.service\n");
  assert.deepEqual(
    relationsOf("web@7.service", options).map(({ on }) => on),
    ["db@7.service", "web-data.service"],
  );
});

test("a start brings up what the unit requires, binds to, wants and upholds, and what these need first", () => {
  const graph = graphOf({
    "a.service": unit("Requires=b.service host.service", "After=late.service", "Requisite=never.service"),
    "b.service": unit("BindsTo=c.service", "Wants=d.service"),
    "d.service": unit("Upholds=e.service"),
    "e.service": unit("Wants=a.service"),
  });
  const { starts, stops } = startClosure("a.service", graph, (name) => name !== "host.service");
  assert.deepEqual(names(starts), ["e.service", "d.service", "c.service", "b.service"]);
  assert.deepEqual(stops, []);
  assert.equal(starts.at(-1)?.because.option, "Requires=b.service of a.service");
});

test("a start stops what conflicts with a started unit, whichever file says so, and what depends on that", () => {
  const graph = graphOf({
    "a.service": unit("Wants=b.service", "Conflicts=old.service"),
    "b.service": unit("Description=b"),
    "x.service": unit("Conflicts=b.service"),
    "y.service": unit("PartOf=old.service"),
  });
  const { stops } = startClosure("a.service", graph, () => true);
  assert.deepEqual(names(stops).sort(), ["old.service", "x.service", "y.service"]);
});

test("a stop takes along what requires, binds to or is part of the unit", () => {
  const graph = graphOf({
    "a.service": unit("Requires=b.service"),
    "bound.service": unit("BindsTo=a.service"),
    "part.service": unit("PartOf=b.service"),
    "only-wants.service": unit("Wants=b.service", "After=b.service"),
    "b.service": unit("PropagatesStopTo=told.service"),
  });
  const along = names(stopClosure("b.service", graph, () => true));
  assert.deepEqual(along.sort(), ["a.service", "bound.service", "part.service", "told.service"]);
});

test("a cycle of orders is found, and only among units that start or run", () => {
  const graph = graphOf({
    "a.service": unit("After=b.service"),
    "b.service": unit("After=c.service"),
    "a-late.service": unit("After=a.service"),
    "c.service": unit("Before=x.service", "After=a.service"),
  });
  assert.deepEqual(
    orderingCycle("a.service", graph, () => true),
    ["a.service", "b.service", "c.service"],
  );
  assert.equal(
    orderingCycle("a.service", graph, (name) => name !== "c.service"),
    undefined,
  );
  assert.equal(
    orderingCycle("a-late.service", graph, () => true),
    undefined,
  );
});

test("a unit that requires a unit which it conflicts with cannot start", () => {
  const graph = graphOf({ "a.service": unit("Requires=b.service"), "b.service": unit("Conflicts=a.service") });
  assert.equal(contradiction("a.service", graph, () => true)?.option, "Conflicts=a.service of b.service");
  assert.equal(
    contradiction("b.service", graph, () => true),
    undefined,
  );
});

test("a changed or removed file takes its dependencies along", () => {
  const graph = graphOf({ "a.service": unit("Requires=b.service") });
  const others = graph.set("a.service", parseUnitFile("[Unit]\nAfter=c.service\n").options);
  assert.deepEqual([...others].sort(), ["b.service", "c.service"]);
  assert.deepEqual(graph.on("b.service"), []);
  graph.set("a.service", undefined);
  assert.deepEqual([...graph.of("a.service"), ...graph.on("c.service")], []);
});
