/**
 * The reconciler's mode:
 * - `starting`: no task, no report. The assignments have never been read; states published by an earlier process are
 *   better.
 * - `paused`: no task. The machine is not registered at present, and its units stay as they are.
 * - `reconciling`: makes the machine match its assignments.
 * - `draining`: removes all units of the cluster.
 */
export type ReconcileMode = "starting" | "paused" | "reconciling" | "draining";
