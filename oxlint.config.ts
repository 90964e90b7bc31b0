import { defineConfig } from "oxlint";
import { importRule, TEST_FILES } from "./scripts/import-rule.ts";

/** Where configuration comes in from outside; everybody else is handed it. */
const CONFIGURATION = [
  "packages/fleetd/src/main.ts",
  "packages/fleetctl/src/environment.ts",
  "packages/fleetctl/src/main.ts",
];

const TESTS = [...TEST_FILES, "test/**"];

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "node"],
  options: { typeAware: true, reportUnusedDisableDirectives: "error" },
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["**/dist/**", "**/node_modules/**"],
  rules: {
    // One concept a file, one thought a function.
    "max-lines": ["error", { max: 300 }],
    "max-lines-per-function": ["error", { max: 55 }],
    eqeqeq: "error",
    // Across packages too. A type counts as well: what two files say of each other, a reader must know at once.
    "import/no-cycle": ["error", { ignoreTypes: false }],
    // fast-check is made to be used as fc.property and so on.
    "import/no-named-as-default-member": "off",
    // It is for polyfills, which have nothing to give a name to.
    "import/no-unassigned-import": "off",
    "import/no-default-export": "error",
    "node/no-process-env": "error",
    "typescript/ban-ts-comment": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    // node:test waits for its tests itself.
    "typescript/no-floating-promises": [
      "error",
      {
        allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: ["test", "suite", "describe", "it"] }],
      },
    ],
    "typescript/no-misused-promises": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    // An AbortSignal's reason has the type any, and is thrown on.
    "typescript/only-throw-error": ["error", { allowThrowingAny: true, allowThrowingUnknown: true }],
    "typescript/prefer-promise-reject-errors": "error",
    "typescript/return-await": ["error", "error-handling-correctness-only"],
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    // What follows is in oxlint's categories, and is a matter of taste or wrong too often here.
    "no-shadow": "off",
    "no-unmodified-loop-condition": "off",
    "typescript/consistent-return": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "unicorn/consistent-function-scoping": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/no-useless-spread": "off",
  },
  overrides: [
    { files: TESTS, rules: { "max-lines-per-function": "off", "max-lines": ["error", { max: 500 }] } },
    { files: [...CONFIGURATION, ...TESTS, "scripts/**"], rules: { "node/no-process-env": "off" } },
    { files: ["*.config.ts"], rules: { "import/no-default-export": "off" } },
    ...importRule(),
  ],
});
