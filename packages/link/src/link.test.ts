import { silentLogger, systemClock } from "@flotilla/runtime";
import { openLink } from "./client/open-link.ts";
import { linkContract } from "./contract/link-contract.ts";
import { LoopbackServer, TestAuthority } from "./fixture/index.ts";

const authority = await TestAuthority.create();
const [serverTls, agentTls] = [await authority.server(), await authority.agent("m1")];

linkContract("a link over the network", {
  async open(routes, admit) {
    const limits = { slowReaderMs: 300, slowestBytes: 10_000_000 };
    const server = await LoopbackServer.start({ tls: serverTls, routes, limits, ...(admit && { admit }) });
    const clock = systemClock;
    const link = openLink({
      servers: [server.address],
      tls: () => agentTls,
      clock,
      random: () => 0,
      log: silentLogger,
    });
    return {
      link,
      cut: (reason) => server.link.cut("m1", reason),
      async [Symbol.asyncDispose]() {
        link.close();
        await server.close();
      },
    };
  },
});
