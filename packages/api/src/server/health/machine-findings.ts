import type { ClusterSnapshot } from "@flotilla/model";
import type { ListedMember } from "@flotilla/registry";
import type { HealthFinding } from "../../contract/v2/health.ts";
import { finding } from "./finding.ts";

/** Returns what is wrong with machines, the leader and the versions. */
export function machineFindings(
  snapshot: ClusterSnapshot,
  members: ReadonlyMap<string, ListedMember>,
): readonly HealthFinding[] {
  const { machines, settings, assignmentsOn, leader, attendance } = snapshot;
  const away = [...new Set([...members.keys(), ...assignmentsOn.keys()])].filter((id) => !machines.has(id));
  const upkeep = [...machines.keys()].flatMap((id): readonly HealthFinding[] => {
    const { cordon, drain } = settings.get(id) ?? {};
    if (!cordon && !drain) return [];
    const { reason } = drain ?? cordon ?? { reason: "" };
    const message = `${drain ? "draining" : "cordoned"}${reason === "" ? "" : `: ${reason}`}`;
    return [{ level: "note", about: "machines", subject: id, message }];
  });
  const versions = [...new Set([...machines.values()].map(({ version }) => version))].toSorted();
  const { hold } = attendance;
  return [
    ...away.toSorted().map((id) => finding("wrong", "machines", id, "away: it is not in the cluster now")),
    ...upkeep,
    ...(hold
      ? [
          finding(
            "wrong",
            "hold",
            "",
            `${hold.machines.length} of ${hold.of} machines vanished together; run fleetctl release-hold when their units may move`,
          ),
        ]
      : []),
    ...(leader === undefined ? [finding("wrong", "leader", "", "no engine leads, so nothing is scheduled")] : []),
    ...(versions.length > 1
      ? [finding("note", "versions", "", `the daemons have versions ${versions.join(", ")}`)]
      : []),
  ];
}
