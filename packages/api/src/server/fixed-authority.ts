import { type AuthorityRotation, RotationRefusedError } from "./authority-rotation.ts";

const refuse = (): Promise<never> =>
  Promise.reject(new RotationRefusedError("this daemon cannot rotate the cluster's authority; ask a server"));

/** The authority of a daemon that cannot rotate it, as tests and agents have it. */
export const fixedAuthority: AuthorityRotation = {
  former: async () => undefined,
  report: refuse,
  begin: refuse,
  end: refuse,
};
