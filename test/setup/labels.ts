import { join } from "node:path";
import { everyLabel } from "../../src/incident/labels.ts";
import { loadRunbook } from "../../src/runbook/load.ts";

/** All labels, so that a test is not kept waiting for them to be made, one a second. */
export const LABELS = everyLabel(await loadRunbook(join(import.meta.dirname, "../../runbook.yml")));
