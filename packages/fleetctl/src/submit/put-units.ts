import { digestText } from "@flotilla/unit";
import type { PutUnitAnswer, UnitEntity } from "@flotilla/api/client";
import type { WantedUnit } from "../arguments/wanted-units.ts";
import { isApiError } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import type { Context } from "../context.ts";
import { tellAlso } from "./tell-also.ts";

/** A unit that the cluster has accepted. */
export interface PutUnit {
  readonly wanted: WantedUnit;
  readonly answer: PutUnitAnswer;
  /** The revision of the write. */
  readonly revision: number;
}

/** The accepted unit, or the cluster's refusal; undefined if nothing had to be sent. */
type Result = PutUnit | Error | undefined;

export interface PutOptions {
  /** Undefined: a new unit is inactive, and a known one keeps its desired state. */
  readonly desired: UnitEntity["desiredState"] | undefined;
  readonly replace: boolean;
}

/**
 * Sends units to the cluster in parallel, and prints each result in fleet's words. Sockets are sent first, because
 * systemd refuses to start a socket whose service already runs.
 *
 * @returns the accepted units; refusals are written to stderr.
 */
export async function putUnits(
  context: Context,
  units: readonly WantedUnit[],
  options: PutOptions,
): Promise<readonly PutUnit[]> {
  const client = await context.client();
  const send = async (wanted: WantedUnit): Promise<Result> => {
    const { local, name } = wanted;
    if (!local && wanted.known && options.desired === undefined) return undefined;
    const file = local ? { file: local.file.text, replace: options.replace } : {};
    const desired = options.desired === undefined ? {} : { desiredState: options.desired };
    try {
      const { revision, ...answer } = await client.putUnit(name, { ...file, ...desired }, context.signal);
      return { wanted, answer, revision };
    } catch (error) {
      if (isApiError(error)) return error;
      throw error;
    }
  };
  const sent = new Map<WantedUnit, Result>();
  for (const wave of [units.filter(isSocket), units.filter((unit) => !isSocket(unit))]) {
    const results = await inParallel(wave, send);
    wave.forEach((unit, index) => sent.set(unit, results[index]));
  }
  for (const unit of units) {
    const result = sent.get(unit);
    for (const warning of unit.warnings) context.tell(warning);
    if (result instanceof Error) context.tell(`Error creating units: ${unit.name}: ${result.message}`);
    else if (result) tell(context, result, options.replace);
  }
  const put = units
    .map((unit) => sent.get(unit))
    .filter((result): result is PutUnit => result !== undefined && !(result instanceof Error));
  tellAlso(
    context,
    put.map(({ answer }) => answer),
  );
  return put;
}

function isSocket({ name }: WantedUnit): boolean {
  return name.endsWith(".socket");
}

function tell(context: Context, { wanted: { name, argument, known, local }, answer }: PutUnit, replace: boolean): void {
  for (const warning of answer.warnings) context.tell(`WARNING: ${name}: ${warning}`);
  if (answer.differs) {
    const kind = local?.isTemplates ? "local template unit file" : "local unit file";
    context.tell(`WARNING: Unit ${name} in registry differs from ${kind} ${argument}. Add --replace to override.`);
  }
  if (replace && known && local && digestText(local.file.text) === known.digest) {
    context.print(`Found same Unit(${name}) in Registry, nothing to do`);
  }
  if (answer.created) context.print(`Unit ${name} inactive`);
}
