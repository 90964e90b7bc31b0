/**
 * How one unit depends on another (systemd.unit(5)). Each kind is named from the dependent unit's side: `reloadsWith` is
 * PropagatesReloadTo= of the other unit, `stopsWith` its PropagatesStopTo=.
 */
export const RELATION_KINDS = [
  "requires",
  "requisite",
  "wants",
  "bindsTo",
  "partOf",
  "upholds",
  "after",
  "conflicts",
  "reloadsWith",
  "stopsWith",
  "onFailure",
  "onSuccess",
] as const;

export type RelationKind = (typeof RELATION_KINDS)[number];
