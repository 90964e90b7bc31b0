/** What `systemctl show` prints about a unit. */
export interface PropertiesReport {
  readonly ok: boolean;
  /** Why there are no properties. */
  readonly message: string;
  /** A property with several values appears several times. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/** A timer on a machine; times in milliseconds since the epoch. */
export interface TimerReport {
  readonly unit: string;
  readonly activates: string;
  readonly next?: number | undefined;
  readonly last?: number | undefined;
}

export interface SocketReport {
  readonly unit: string;
  readonly activates: readonly string[];
  readonly listens: readonly { readonly type: string; readonly address: string }[];
}

/** What a round trip to another machine's daemon shows. */
export interface MachineProbe {
  /** How far the machine's clock is ahead of ours, milliseconds. */
  readonly clockAheadMs: number;
  /** The error of that measurement: half of the round trip, milliseconds. */
  readonly uncertainMs: number;
  /** When the machine's certificate ends, milliseconds since the epoch; absent if the connection does not show it. */
  readonly certificateEnds?: number;
}
