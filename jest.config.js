// Native ES modules: the actions toolkit is ESM only. swc strips the types, tsc checks them elsewhere.
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } },
    ],
  },
  // Many suites wait for child processes: every core gets one.
  maxWorkers: "100%",
  testTimeout: 60_000,
};
