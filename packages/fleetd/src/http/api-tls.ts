import { constants } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { authoritiesIn, type MachineIdentity } from "@flotilla/membership";
import type { ApiTlsFiles } from "../config/api-tls.ts";

/** @param dropped whether an authority of client certificates is not trusted any more. */
export type ApiTlsListener = (options: SecureContextOptions, dropped: boolean) => void;

/** The certificates of the listeners with TLS, which change while the daemon runs. */
export class ApiTls {
  #options: SecureContextOptions | undefined;
  readonly #first = Promise.withResolvers<void>();
  readonly #listeners = new Set<ApiTlsListener>();
  #trusted: readonly string[] = [];

  /** Resolves when there is a certificate. */
  get ready(): Promise<void> {
    return this.#first.promise;
  }

  /** Uses these certificates from the next connection on. */
  use({ key, cert, ca }: MachineIdentity, { own, clientCA }: ApiTlsFiles): void {
    const options: SecureContextOptions = {
      ...(own ?? { key, cert }),
      // A client certificate counts only if one of these has signed it.
      ca: clientCA ? [ca, clientCA] : [ca],
      minVersion: "TLSv1.2",
      // A resumed session would not show its client certificate again.
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
    this.#options = options;
    const trusted = authoritiesIn(ca);
    const dropped = this.#trusted.some((authority) => !trusted.includes(authority));
    this.#trusted = trusted;
    for (const listener of this.#listeners) listener(options, dropped);
    this.#first.resolve();
  }

  /** Calls `listener` now, if there is a certificate, and with each later one. */
  onChange(listener: ApiTlsListener): void {
    if (this.#options) listener(this.#options, false);
    this.#listeners.add(listener);
  }
}
