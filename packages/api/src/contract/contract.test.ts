import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { desiredStates } from "@flotilla/model";
import { errorStatus } from "./error-ids.ts";
import { desiredState } from "./v2/entities.ts";

test("the contract's desired states are the model's", () => {
  assert.deepEqual(desiredState.options, [...desiredStates]);
});

test("docs/reference/errors.md lists every error of the API with its status, and no other", async () => {
  const text = await readFile(new URL("../../../../docs/reference/errors.md", import.meta.url), "utf8");
  const section = text.split("## API")[1]?.split("\n## ")[0] ?? "";
  const listed = [...section.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)].map(([, id, status]) => [id, Number(status)]);
  assert.deepEqual(Object.fromEntries(listed), errorStatus);
});
