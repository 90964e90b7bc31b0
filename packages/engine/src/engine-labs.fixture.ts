import { after } from "node:test";
import type { MassLossRules } from "@flotilla/schedule";
import { EngineLab } from "./engine-lab.fixture.ts";

/** Makes labs with the machines that are named; all are closed when the tests of the file are over. */
export function engineLabs(
  options: { readonly massLoss?: MassLossRules } = {},
): (...machines: readonly string[]) => Promise<EngineLab> {
  const labs: EngineLab[] = [];
  after(() => Promise.all(labs.map((lab) => lab.close())));
  return async (...machines) => {
    const lab = new EngineLab(options);
    labs.push(lab);
    for (const id of machines) await lab.join(id);
    return lab;
  };
}
