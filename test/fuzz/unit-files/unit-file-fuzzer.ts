import { type Finding, type Fuzzer, printable } from "../fuzzer.ts";
import { drawUnitFile } from "./draw-unit-file.ts";
import { judge } from "./judge.ts";
import { openSystemd } from "./systemd-under-test.ts";

/** The number of files that systemd reads at a time. */
const BATCH = 250;

/**
 * Compares how the parser and the real systemd of a lab host read random unit files. If the parser accepts a file,
 * systemd must load it with the same values and complain only about what the parser warns of. If the parser refuses a
 * file, systemd must complain about it, unless the parser is stricter on purpose.
 */
export const unitFileFuzzer: Fuzzer = {
  name: "unit-files",
  summary: "random unit files, read by the parser and by a real systemd (needs root)",
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
