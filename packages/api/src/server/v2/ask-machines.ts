import type { MachineID } from "@flotilla/model";
import { MachineUnreachableError } from "../ports.ts";
import { RequestError } from "../request-error.ts";

export interface Question<Answer extends object> {
  /** @throws MachineUnreachableError if the machine does not answer. */
  readonly ask: (machineID: MachineID) => Promise<Answer>;
  /** Returns the answer for a machine that cannot be reached. */
  readonly unreachable: (message: string) => Answer;
}

/**
 * Asks all machines at the same time. A machine that cannot be reached does not hide the answers of the others.
 * @throws RequestError if no machine can be reached.
 */
export async function askMachines<Answer extends object>(
  machines: readonly MachineID[],
  question: Question<Answer>,
): Promise<readonly (Answer & { readonly machineID: MachineID })[]> {
  const asked = await Promise.all(machines.map((machineID) => askOne(machineID, question)));
  const failures = asked.flatMap(({ failure }) => failure ?? []);
  const [first] = failures;
  if (first !== undefined && failures.length === machines.length)
    throw new RequestError("machine-unreachable", first, failures.length > 1 ? failures : []);
  return asked.map(({ machineID, answer }) => ({ machineID, ...answer }));
}

interface Asked<Answer> {
  readonly machineID: MachineID;
  readonly answer: Answer;
  /** Why the machine could not be reached. */
  readonly failure?: string;
}

async function askOne<Answer extends object>(
  machineID: MachineID,
  { ask, unreachable }: Question<Answer>,
): Promise<Asked<Answer>> {
  try {
    return { machineID, answer: await ask(machineID) };
  } catch (error) {
    if (!(error instanceof MachineUnreachableError)) throw error;
    return { machineID, answer: unreachable(error.message), failure: error.message };
  }
}
