import { formatToken, type Grant, tokenHash } from "@flotilla/access";
import { type ApiTokenRecord, type LiveToken } from "@flotilla/registry";
import type { LiveTokens } from "./authenticator.ts";

/** The certificate of an authority, for its hash. */
export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUNIkM3yGWpdhBA7CEBI6UFuV0jd4wCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXZmxvdGlsbGEgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMDky
NDI0WhgPMjEyNjExMDYwOTI0MjRaMCIxIDAeBgNVBAMMF2Zsb3RpbGxhIHRlc3Qg
YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXUnUbb5f9hk2OxwP
AXFPgHj0UVMLVMRxeWF523r9WZDWo7CNrW2Bwh2asttqZJ1mEQ9XoNflswwkhwMe
mhLGsqNTMFEwHQYDVR0OBBYEFAQIY8zDHoTK8wVe+gU+Q44hjRqnMB8GA1UdIwQY
MBaAFAQIY8zDHoTK8wVe+gU+Q44hjRqnMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDRwAwRAIgEuoHHksS8v3EP624L6kqZJDYt8lj7+x9j/qvayaZFskCIEiE
42y2r0OvFIIYbUgbMYSol6A7lp3VMNV52GgZrVFO
-----END CERTIFICATE-----
`;

export const PIN = "0".repeat(64);

/** Tokens in memory, by which the API under test accepts requests. */
export class FakeTokens implements LiveTokens {
  isKnown = true;
  readonly #tokens = new Map<string, { readonly token: LiveToken; readonly end: AbortController }>();

  find(id: string): LiveToken | undefined {
    return this.#tokens.get(id)?.token;
  }

  /** Adds a token whose name is its role, and returns the header that shows it. */
  add(grant: Grant): { readonly authorization: string } {
    const id = `${grant.role}0000000000`.slice(0, 10);
    const secret = grant.role.slice(0, 1).repeat(43);
    const scope = grant.role === "deployer" ? grant : { units: [], machineMetadata: {}, users: [] };
    const common = { kind: "api", name: grant.role, hash: tokenHash(secret), createdAt: 0 } as const;
    const record: ApiTokenRecord = { ...common, ...scope, role: grant.role };
    const end = new AbortController();
    this.#tokens.set(id, { token: { id, record, ended: end.signal }, end });
    return { authorization: `Bearer ${formatToken({ pin: PIN, id, secret })}` };
  }

  /** Ends the token of a role. */
  end(role: string, reason: Error): void {
    const id = `${role}0000000000`.slice(0, 10);
    this.#tokens.get(id)?.end.abort(reason);
    this.#tokens.delete(id);
  }
}
