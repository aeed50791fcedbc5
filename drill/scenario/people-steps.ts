/** Takes the steps of people, scanners and other systems: whatever happens between dispatches. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Issue } from "../github/issue-store.ts";
import type { GitHubState } from "../github/state.ts";
import { resolveDeep } from "./inputs.ts";
import { ScenarioError } from "./load.ts";
import type { PersonStep, Which } from "./step-schema.ts";

/** The labels by which Firebreak tells its issues apart. */
const LABELS = { incident: "incident", review: "incident-review", improvement: "incident-improvement" };

export interface StepWorld {
  github: { state: GitHubState };
  /** The repository's folder. */
  root: string;
  /** Simulated time, in milliseconds since the epoch. */
  now: number;
}

/** Takes one step; gives a sentence about it. Throws ScenarioError when what it is about is not there. */
export async function take(one: PersonStep, world: StepWorld): Promise<string> {
  const { state } = world.github;
  switch (one.do) {
    case "comment": {
      const { number } = find(state, one.on);
      const body = resolveText(one.body, world);
      await state.act(one.by, "issues/create-comment", { path: { issue_number: number }, body: { body } });
      return `${one.by} comments on #${number}: ${body.split("\n")[0]}`;
    }
    case "edit_comment": {
      const { number, comments } = find(state, one.on);
      const own = comments.findLast(({ author }) => author === one.by);
      if (!own) throw new ScenarioError(`${one.by} has not commented on #${number}.`);
      const body = resolveText(one.body, world);
      await state.act(one.by, "issues/update-comment", { path: { comment_id: own.id }, body: { body } });
      return `${one.by} edits a comment on #${number}`;
    }
    case "close_issue":
      return update(one, world, { state: "closed", state_reason: one.reason }, "closes");
    case "reopen_issue":
      return update(one, world, { state: "open" }, "opens again");
    case "edit_issue": {
      const { number, body } = find(state, one.on);
      const text = one.replace.reduce((whole, pair) => replaced(whole, pair, number), one.body ?? body ?? "");
      return update(one, world, { body: text, ...(one.title ? { title: one.title } : {}) }, "edits");
    }
    case "label_issue": {
      const { number } = find(state, one.on);
      await state.act(one.by, "issues/add-labels", {
        path: { issue_number: number },
        body: { labels: [one.label] },
      });
      return `${one.by} puts the label ${one.label} on #${number}`;
    }
    case "merge_pull_request": {
      const { number } = find(state, one.on);
      await state.act(one.by, "pulls/merge", { path: { pull_number: number } });
      return `${one.by} merges pull request #${number}`;
    }
    case "close_pull_request": {
      const { number } = find(state, one.on);
      await state.act(one.by, "pulls/update", { path: { pull_number: number }, body: { state: "closed" } });
      return `${one.by} closes pull request #${number}`;
    }
    case "open_issue":
      return openIssue(one, world);
    case "repository_dispatch": {
      const payload = resolveDeep(one.payload, { now: world.now, incident: null });
      const body = { event_type: one.event_type, client_payload: payload };
      await state.act(one.by, "repos/create-dispatch-event", { body });
      return `${one.by} sends the event ${one.event_type}`;
    }
    case "find_alerts": {
      state.addAlerts({
        code: one.code,
        secret: one.secret.map(({ display_name: displayName, ...rest }) => ({ ...rest, displayName })),
      });
      return `${one.code.length + one.secret.length} alert(s) are found`;
    }
  }
}

async function update(
  one: { by: string; on: Which },
  { github: { state } }: StepWorld,
  body: Record<string, string>,
  verb: string,
): Promise<string> {
  const { number } = find(state, one.on);
  await state.act(one.by, "issues/update", { path: { issue_number: number }, body });
  return `${one.by} ${verb} #${number}`;
}

async function openIssue(
  { by, title, form, fields, body, labels }: Extract<PersonStep, { do: "open_issue" }>,
  { github: { state }, root }: StepWorld,
): Promise<string> {
  if (form === undefined) {
    await state.act(by, "issues/create", { body: { title, body, labels } });
    return `${by} opens an issue: ${title}`;
  }
  const source = await readFile(join(root, ".github/ISSUE_TEMPLATE", form), "utf8").catch(() => {
    throw new ScenarioError(`There is no issue form ${form}.`);
  });
  const number = state.openIssueByForm(by, source, { title, ...fields });
  return `${by} fills in the form ${form}: #${number}`;
}

/** The newest one that is meant. */
function find(state: GitHubState, which: Which): Readonly<Issue> {
  const issues = state.issues();
  const found =
    typeof which === "number"
      ? issues.find(({ number }) => number === which)
      : which === "pull_request"
        ? issues.findLast(({ pull, state: now }) => pull !== null && now === "open")
        : issues.findLast(({ labels }) =>
            labels.includes(typeof which === "string" ? LABELS[which] : which.label),
          );
  if (found) return found;
  throw new ScenarioError(`The step is about ${JSON.stringify(which)}, and there is none.`);
}

function replaced(whole: string, pair: { text: string; with: string }, number: number): string {
  const parts = whole.split(pair.text);
  if (parts.length === 2) return parts.join(pair.with);
  throw new ScenarioError(
    `The step replaces text that stands ${parts.length - 1} times in #${number}: ${JSON.stringify(pair.text)}`,
  );
}

/** `$now` and its kin stand for a moment wherever they stand in a comment. */
function resolveText(text: string, { now }: StepWorld): string {
  return text.replaceAll(/\$now(?:[+-]\d+[smhd])?/g, (moment) =>
    String(resolveDeep(moment, { now, incident: null })),
  );
}
