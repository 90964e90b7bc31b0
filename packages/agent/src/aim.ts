/**
 * What the reconciler works toward:
 * - `waiting`: nothing yet. The assignments have never been read; what an earlier process published says
 *   more than this one could.
 * - `holding`: whatever is, is to stay. The machine does not have its place in the cluster at present.
 * - `acting`: the assignments.
 * - `clearing`: that nothing of the cluster is left here.
 */
export type Aim = "waiting" | "holding" | "acting" | "clearing";
