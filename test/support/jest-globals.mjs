/** Tests import `@jest/globals`, which is there in Jest's own sandbox alone: outside of it, this stands in for it. */
import { enableCompileCache, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const globals = new URL("./globals.mjs", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals" ? { url: globals, shortCircuit: true } : next(specifier, context),
});

// Every worker loads the same sources, and has their types stripped.
enableCompileCache(fileURLToPath(new URL("../../node_modules/.cache/firebreak-tests", import.meta.url)));
