import type { MovePlanner } from "@flotilla/api";
import type { ClusterSnapshot } from "@flotilla/model";
import { previewDrain, previewMove, previewRebalance, type Steps } from "@flotilla/schedule";
import type { SharedFeed } from "./shared-feed.ts";

/** Answers what the scheduler would do from the shared live copy of the cluster. */
export function feedMovePlanner(feed: SharedFeed): MovePlanner {
  const preview = <T>(make: (snapshot: ClusterSnapshot) => Steps<T>, signal: AbortSignal): Promise<T> =>
    feed.preview(make, signal);
  return {
    staying: (units, signal) => feed.staying(units, signal),
    drain: (machineID, signal) => preview((snapshot) => previewDrain(snapshot, machineID), signal),
    move: (unit, to, signal) => preview((snapshot) => previewMove(snapshot, unit, to), signal),
    rebalance: (most, signal) => preview((snapshot) => previewRebalance(snapshot, most), signal),
  };
}
