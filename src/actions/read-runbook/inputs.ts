import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ReadRunbookInputs extends Pick<CommonInputs, "environment" | "runbook" | "githubToken"> {
  mcp: string | undefined;
}

export function readInputs(reader: InputReader): ReadRunbookInputs {
  const { environment, runbook, githubToken } = reader.common();
  return { environment, runbook, githubToken, mcp: reader.line("mcp", 100) };
}
