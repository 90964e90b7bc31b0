/** What everybody who may see the cluster may know of a secret: everything but its value. */
export interface Secret {
  readonly name: string;
  /** The number of the last change. Each change of any secret has a higher number than all earlier ones. */
  readonly number: number;
  /** Counts the values that the secret has had, from 1. */
  readonly version: number;
  /** Bytes of the value. */
  readonly size: number;
  /** When the secret was created, and when it got its present value, milliseconds since the epoch by a server's clock. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The key with which the value is encrypted. */
  readonly keyID: string;
}
