import { badInput, quoted } from "../errors.ts";
import type { InputReader } from "./inputs.ts";

/** GitHub's limit of jobs that one matrix generates in a run. */
const MOST = 256;

/**
 * Names of mcps by comma, in the order given; undefined when empty. Whether they exist the runbook says.
 * @throws FirebreakError `bad-input` for a gap between commas, a name given twice, or more than one run can take.
 */
export function readMcps(reader: InputReader, name: string): string[] | undefined {
  const list = reader.line(name, 20_000);
  if (list === undefined) return undefined;
  const mcps = list.split(",").map((one) => one.trim());
  if (mcps.includes("")) throw badInput(name, "names nothing between two commas", "Give mcps, like a,b.");
  const twice = mcps.find((mcp, index) => mcps.indexOf(mcp) !== index);
  if (twice !== undefined) throw badInput(name, `names ${quoted(twice)} twice`, "Give each mcp once.");
  if (mcps.length > MOST) throw badInput(name, `names more than ${MOST} mcps`, "Take several runs.");
  return mcps;
}
