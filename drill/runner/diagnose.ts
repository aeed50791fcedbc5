import { FeatureFlags } from "@actions/expressions";
import { convertConcurrency } from "@actions/workflow-parser/model/converter/concurrency";
import { convertOn } from "@actions/workflow-parser/model/converter/events";
import { handleTemplateTokenErrors } from "@actions/workflow-parser/model/converter/handle-errors";
import { convertJobs } from "@actions/workflow-parser/model/converter/jobs";
import { convertReferencedWorkflow } from "@actions/workflow-parser/model/converter/referencedWorkflow";
import { isReusableWorkflowJob } from "@actions/workflow-parser/model/type-guards";
import type { TemplateContext } from "@actions/workflow-parser/templates/template-context";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { fieldsOf } from "./tokens.ts";

/**
 * Runs the parser's conversion of a workflow for its errors only: event filters, inputs, needs, conditions, ids,
 * and calls of reusable workflows, whose token trees are given by reference. The errors gather in the context.
 */
export function diagnose(
  context: TemplateContext,
  root: TemplateToken,
  called: ReadonlyMap<string, TemplateToken>,
): void {
  context.state.featureFlags = new FeatureFlags();
  const fields = fieldsOf(root);
  const convert = <T>(key: string, fallback: T, conversion: (token: TemplateToken) => T): T => {
    const token = fields.get(key);
    return token ? handleTemplateTokenErrors(root, context, fallback, () => conversion(token)) : fallback;
  };
  convert("on", {}, (token) => convertOn(context, token));
  convert("concurrency", {}, (token) => convertConcurrency(context, token));
  for (const job of convert("jobs", [], (token) => convertJobs(context, token))) {
    if (!isReusableWorkflowJob(job)) continue;
    const target = called.get(job.ref.value);
    if (target) convertReferencedWorkflow(context, target, job);
  }
}
