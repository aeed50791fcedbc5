import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import type { StepRecord } from "../contracts.ts";
import { messageOf } from "./errors.ts";
import { evaluatePostCondition } from "./expressions.ts";
import type { Frame, JobExecution } from "./job-execution.ts";
import { StepFailed } from "./step-call.ts";

/** An action's clean-up, run after all steps of the job in reverse order. */
export interface PostStep {
  name: string;
  /** `post-if`; null means always. */
  condition: TemplateToken | null;
  file: string;
  frame: Frame;
  env: Readonly<Record<string, string>>;
  /** What `main` saved to GITHUB_STATE. */
  state: Record<string, string>;
  run(signal: AbortSignal): Promise<void>;
}

/** Runs the booked clean-ups; a failing one fails the job and stops none of the others. */
export async function runPostSteps(execution: JobExecution): Promise<void> {
  for (const post of execution.posts.reverse()) {
    const record = execution.addStep(post.name);
    execution.log.step = record;
    const conclusion = await runPost(execution, post, record);
    if (conclusion === "failure" && execution.status === "success") execution.status = "failure";
    execution.updateStep(record, { status: "completed", conclusion, completedAt: execution.run.clock.now() });
  }
  execution.log.step = null;
}

async function runPost(
  execution: JobExecution,
  post: PostStep,
  record: StepRecord,
): Promise<"success" | "failure" | "cancelled" | "skipped"> {
  const controller = new AbortController();
  try {
    const frame = { ...post.frame, status: () => execution.status };
    if (!evaluatePostCondition(post.condition, execution.scope(post.file, frame, post.env))) return "skipped";
    execution.updateStep(record, { status: "in_progress", startedAt: execution.run.clock.now() });
    execution.cancelStep = (force) => force && controller.abort();
    if (execution.forced) controller.abort();
    execution.log.group(post.name, []);
    await post.run(controller.signal);
    return "success";
  } catch (error) {
    if (controller.signal.aborted) return "cancelled";
    if (!(error instanceof StepFailed)) execution.annotate("failure", messageOf(error));
    return "failure";
  } finally {
    execution.cancelStep = null;
  }
}
