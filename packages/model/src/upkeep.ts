/** An operator's wish that a machine gets no further units. The units that it has stay. */
export interface Cordon {
  /** Empty without a reason. */
  readonly reason: string;
  /** Milliseconds since the epoch, by the clock of the server that took the request. */
  readonly since: number;
}

/** An operator's wish that a machine's units go elsewhere, each after its replacement is active. Implies a cordon. */
export interface Drain extends Cordon {
  /** From then on, units that could not go elsewhere are stopped; absent: they stay. Milliseconds since the epoch. */
  readonly deadline?: number | undefined;
  /** The drain ends by itself then. Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** What operators want of a machine beside its metadata. */
export interface Upkeep {
  readonly cordon?: Cordon | undefined;
  readonly drain?: Drain | undefined;
}

/** Only the fields that are set, so that a machine without any is as before. */
export function upkeepOf({ cordon, drain }: Upkeep = {}): Upkeep {
  return { ...(cordon && { cordon }), ...(drain && { drain }) };
}
