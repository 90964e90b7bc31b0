import { type Finding, type Fuzzer, printable } from "../fuzzer.ts";
import { drawUnitFile } from "./draw-unit-file.ts";
import { judge } from "./judge.ts";
import { openSystemd } from "./systemd-under-test.ts";

/** Files that systemd reads at a time. */
const BATCH = 250;

/**
 * Random unit files, read by the parser and by a real systemd on a lab host. What the parser accepts, systemd must
 * load with the same values, and complain of nothing that no warning tells; what the parser refuses, systemd must
 * complain of, unless the refusal is one that is stricter on purpose.
 */
export const unitFileFuzzer: Fuzzer = {
  name: "unit-files",
  summary: "random unit files, as the parser and as a real systemd read them (needs root)",
  length: 500,
  run: async (random, length) => {
    await using systemd = await openSystemd();
    const findings: Finding[] = [];
    for (let done = 0; done < length; done += BATCH) {
      const texts = Array.from({ length: Math.min(BATCH, length - done) }, () => drawUnitFile(random.fork()));
      const readings = await systemd.read(texts);
      readings.forEach((reading, at) => {
        const text = texts[at] ?? "";
        const wrong = judge(text, reading);
        if (wrong !== undefined) findings.push({ index: done + at, input: printable(text), wrong });
      });
    }
    return findings;
  },
};
