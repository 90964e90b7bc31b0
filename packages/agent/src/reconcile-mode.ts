/**
 * The reconciler's mode:
 * - `starting`: no tasks and no reports. The assignments have not been read yet, so the states that an earlier process
 *   published are more accurate.
 * - `paused`: no task. The machine is not registered at present, and its units stay as they are.
 * - `reconciling`: makes the machine match its assignments.
 * - `draining`: removes all units of the cluster.
 */
export type ReconcileMode = "starting" | "paused" | "reconciling" | "draining";
