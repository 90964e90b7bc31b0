import type { MakeInvariant } from "../world/world.ts";

/** Every file that a unit or an assignment names is in the store. */
export const filesExist: MakeInvariant = ({ ledger }) => ({
  name: "every referenced file is in the store",
  onCommit: ({ written }) => {
    for (const { key, after } of written) {
      if (after && isNaming(key)) {
        const { digest } = JSON.parse(after.value) as { digest: string };
        if (!ledger.entries.has(`file/${digest}`))
          return `${key} names the file ${digest.slice(0, 4)}, which is not in the store`;
      }
      if (!after && key.startsWith("file/")) {
        const digest = key.slice("file/".length);
        const naming = [...ledger.entries.values()].find((each) => isNaming(each.key) && each.value.includes(digest));
        if (naming) return `the file ${digest.slice(0, 4)} was deleted while ${naming.key} names it`;
      }
    }
    return undefined;
  },
});

function isNaming(key: string): boolean {
  return key.startsWith("unit/") || key.startsWith("assignment/");
}
