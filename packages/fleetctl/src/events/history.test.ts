import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventEntity } from "@flotilla/api/client";
import { historyOf } from "./history.ts";

/** Events from texts such as "ID KIND FACT<CAUSE"; those with a capital ID are of the unit. */
const events = (...texts: readonly string[]): EventEntity[] =>
  texts.map((text) => {
    const [id = "", kind = "", facts = ""] = text.split(" ");
    const [fact, cause] = facts.split("<");
    return {
      ...{ id, kind, time: "", sentence: "" },
      ...(id === id.toUpperCase() && { unit: "u.service" }),
      ...(fact && { fact }),
      ...(cause && { cause }),
    };
  });

for (const [about, given, expected] of [
  ["nothing", [], ""],
  ["a cause of its own server", ["a lost g", "B moved <g"], "B<a"],
  ["a cause that was written later", ["B placed <w", "A act w"], "B<A"],
  ["the latest loss before the move, not a later one", ["a lost g", "b lost g", "C moved <g", "d lost g"], "C<b"],
  ["a chain", ["a act r", "b left g<r", "C moved <g"], "C<b<a"],
  ["a chain in a circle", ["A failed f<g", "B failing g<f"], "B<A A<B"],
  ["a cause that is not kept", ["A moved <gone"], "A"],
  ["an act without an effect", ["A act x", "B placed <y"], "B A"],
  ["a decision that caused another one", ["A placed p", "B moved <p"], "B<A A"],
] as const)
  test(`history of ${about}`, () => {
    const shown = historyOf("u.service", events(...given)).map(({ event, causes }) =>
      [event, ...causes].map(({ id }) => id).join("<"),
    );
    assert.equal(shown.join(" "), expected);
  });
