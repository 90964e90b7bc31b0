import { UnitManagerRefusedError } from "../../unit-manager-error.ts";

/** The call's result; undefined when systemd refused the call. */
export async function unlessRefused<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof UnitManagerRefusedError) return undefined;
    throw error;
  }
}
