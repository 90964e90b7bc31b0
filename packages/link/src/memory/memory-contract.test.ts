import { systemClock } from "@flotilla/runtime";
import { linkContract } from "../contract/link-contract.ts";
import { openMemoryLink } from "./memory-link.ts";
import { MemoryLinkServer } from "./memory-link-server.ts";

linkContract("a link in memory", {
  async open(routes, admit) {
    const options = { name: "a", routes, clock: systemClock, slowReaderMs: 300, ...(admit && { admit }) };
    const server = new MemoryLinkServer(options);
    const link = openMemoryLink({ machineID: "m1", servers: [server], clock: systemClock });
    return {
      link,
      cut: (reason) => server.cut("m1", reason),
      async [Symbol.asyncDispose]() {
        link.close();
      },
    };
  },
});
