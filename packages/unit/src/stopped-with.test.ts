import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "./parse.ts";
import { stoppedWith } from "./stopped-with.ts";

test("a unit stops with the units in Requires=, BindsTo= and PartOf=, and not with those in Wants= and After=", () => {
  const text =
    '[Unit]\nRequires=a.service  b.service\nBindsTo=%p-c@%i.service\nPartOf="d.service"\nRequires=\n' +
    "Wants=e.service\nAfter=f.service\n[Service]\nRequires=g.service\n";
  const stoppers = stoppedWith("web@1.service", parseUnitFile(text).options);
  assert.deepEqual([...stoppers].toSorted(), ["a.service", "b.service", "d.service", "web-c@1.service"]);
});

test("a unit stops with the mount of each directory on a path in RequiresMountsFor=", () => {
  const options = parseUnitFile("[Unit]\nRequiresMountsFor=/srv/a-b//.c /.d/%p\n").options;
  const mounts = ["srv.mount", "srv-a\\x2db.mount", "srv-a\\x2db-.c.mount", "\\x2ed.mount", "\\x2ed-web.mount"];
  assert.deepEqual([...stoppedWith("web.service", options)], mounts);
});
