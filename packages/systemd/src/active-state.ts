/** Whether a unit in this state (ActiveState, org.freedesktop.systemd1(5)) neither runs nor is about to start or stop. */
export function isAtRest({ activeState }: { readonly activeState: string }): boolean {
  return activeState === "inactive" || activeState === "failed";
}
