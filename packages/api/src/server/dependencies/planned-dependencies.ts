import type { ClusterSnapshot } from "@flotilla/model";
import { type Dependencies, parseUnitName, type Relation, relationsOf, type UnitOption } from "@flotilla/unit";

/** The units as the cluster knows them, with one file that a request is about to store. */
export interface Planned {
  readonly units: ClusterSnapshot["units"];
  readonly dependencies: Dependencies;
  readonly file?: { readonly unit: string; readonly options: readonly UnitOption[] } | undefined;
}

/**
 * The dependencies as they are after the request: those that the new file declares, and those of instances that the
 * cluster does not have yet but can create from a template.
 */
export class PlannedDependencies implements Dependencies {
  readonly #planned: Planned;
  readonly #declared: readonly Relation[];
  readonly #instances = new Map<string, readonly Relation[]>();

  constructor(planned: Planned) {
    this.#planned = planned;
    this.#declared = planned.file ? relationsOf(planned.file.unit, planned.file.options) : [];
  }

  of(unit: string): readonly Relation[] {
    const own = [...this.#declared, ...this.#ofInstance(unit)].filter((relation) => relation.unit === unit);
    return [...this.#kept(this.#planned.dependencies.of(unit)), ...own];
  }

  on(unit: string): readonly Relation[] {
    const own = [...this.#declared, ...this.#ofInstance(unit)].filter(({ on }) => on === unit);
    return [...this.#kept(this.#planned.dependencies.on(unit)), ...own];
  }

  /** Whether the cluster has the unit, gets it by the request, or can create it from a template. */
  isKnown(name: string): boolean {
    const { units, file } = this.#planned;
    return units.has(name) || name === file?.unit || templateOf(name, units) !== undefined;
  }

  #kept(relations: readonly Relation[]): readonly Relation[] {
    const { file } = this.#planned;
    return file ? relations.filter(({ declaredBy }) => declaredBy !== file.unit) : relations;
  }

  #ofInstance(name: string): readonly Relation[] {
    const { units, file } = this.#planned;
    if (units.has(name) || name === file?.unit) return [];
    const known = this.#instances.get(name);
    if (known) return known;
    const template = templateOf(name, units);
    const relations = template ? relationsOf(name, template.file.options) : [];
    this.#instances.set(name, relations);
    return relations;
  }
}

/** The cluster's template from which the instance can be created. */
export function templateOf(name: string, units: ClusterSnapshot["units"]): ReturnType<typeof units.get> {
  const dot = name.lastIndexOf("@") === -1 ? undefined : instanceTemplate(name);
  return dot === undefined ? undefined : units.get(dot);
}

function instanceTemplate(name: string): string | undefined {
  try {
    return parseUnitName(name).template;
  } catch {
    return undefined;
  }
}
