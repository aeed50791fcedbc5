/** Stands in for `npm` where the registry lets nobody in. */
console.error("npm error code E403\nnpm error 403 403 Forbidden - GET @duckdb/node-api");
process.exit(1);
