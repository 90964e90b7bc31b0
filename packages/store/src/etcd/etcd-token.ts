import type { CallOptions } from "@grpc/grpc-js";
import type { EtcdClient } from "./etcd-client.ts";
import type { EtcdCredentials } from "./etcd-options.ts";

/** The deadline of a call, milliseconds since the epoch. gRPC converts it to a duration at once. */
export type Limit = Required<Pick<CallOptions, "deadline">>;

/** The token of a user of etcd at one member. */
export class EtcdToken {
  readonly #credentials: EtcdCredentials | undefined;
  #token: Promise<string> | undefined;

  constructor(credentials: EtcdCredentials | undefined) {
    this.#credentials = credentials;
  }

  get hasCredentials(): boolean {
    return this.#credentials !== undefined;
  }

  /** Returns the token, which is empty without credentials. Concurrent calls share one authentication. */
  async current(client: EtcdClient, limit: Limit): Promise<string> {
    if (this.#credentials === undefined) return "";
    const token = (this.#token ??= authenticate(client, this.#credentials, limit));
    try {
      return await token;
    } catch (error) {
      if (this.#token === token) this.drop();
      throw error;
    }
  }

  /** Makes the next call get a new token. */
  drop(): void {
    this.#token = undefined;
  }
}

async function authenticate(
  client: EtcdClient,
  { username: name, password }: EtcdCredentials,
  limit: Limit,
): Promise<string> {
  try {
    return (await client.services("").auth.authenticate({ name, password }, limit)).token;
  } catch (error) {
    // Without authentication in etcd, ignore the credentials as etcdctl does.
    if (error instanceof Error && error.message.includes("authentication is not enabled")) return "";
    throw error;
  }
}
