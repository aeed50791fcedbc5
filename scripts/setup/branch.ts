/** The protection of the default branch: what is on it runs with the containment role. */
import {
  type ActiveRule,
  branchProtection,
  branchRules,
  type ClassicProtection,
  isWhole,
  ofRules,
  type Protection,
  together,
  UNPROTECTED,
} from "./branch-state.ts";
import { applyCommand, type Context } from "./context.ts";
import { type Area, type Finding, subject, whyNot } from "./finding.ts";
import { type Read, read } from "./read.ts";
import { readRuleset, rulesetChange } from "./ruleset.ts";

export async function branchArea(context: Context): Promise<Area> {
  const classic = await branchProtection(context);
  const rules = await branchRules(context);
  if (rules.is === "not-in-plan") {
    const about = pullRequests(context);
    const detail = `a private repository on this plan has no protected branches (${rules.why})`;
    return only(about.missing(detail, "Move the owner to a paid plan, or make the repository public."));
  }
  if (rules.is !== "read") return only(pullRequests(context).unreadable(whyNot(rules)));
  const held = together(ofRules(rules.value), classic.is === "read" ? classic.value : UNPROTECTED);
  // Unread classic protection may hold what the rulesets do not.
  const unsure = classic.is === "refused" ? classic.why : null;
  const findings = [
    ...protectionFindings(context, held, unsure),
    await bypass(context, rules.value, classic),
  ];
  if (isWhole(held)) return { findings, changes: [], kept: [] };
  const ruleset = await readRuleset(context);
  const now = ruleset.is === "read" ? ruleset.value : null;
  return { findings, changes: [rulesetChange(context, now)], kept: [] };
}

function only(finding: Finding): Area {
  return { findings: [finding], changes: [], kept: [] };
}

function pullRequests({ repository }: Context) {
  const purpose = "nobody alone changes the runbook, the gate or the workflows";
  return subject("branch.reviews", `branch ${repository.defaultBranch}, pull requests`, purpose);
}

function protectionFindings(context: Context, held: Protection, unsure: string | null): Finding[] {
  const { defaultBranch } = context.repository;
  const mend = applyCommand(context);
  const judge = (about: ReturnType<typeof subject>, holds: boolean, fine: string, not: string) => {
    if (holds) return about.fine(fine);
    return unsure === null ? about.missing(not, mend) : about.unreadable(`no ruleset has it; ${unsure}`);
  };
  const owners = subject(
    "branch.code-owners",
    `branch ${defaultBranch}, code owners`,
    "changes to what decides and what runs are reviewed by those whom CODEOWNERS names",
  );
  const later = subject(
    "branch.later-pushes",
    `branch ${defaultBranch}, pushes after the approval`,
    "what was approved is what is merged",
    false,
  );
  const history = subject(
    "branch.history",
    `branch ${defaultBranch}, history`,
    "what ran can be looked up later",
    false,
  );
  const { approvals, pullRequest, codeOwners, laterPushes, noForcePush, noDeletion } = held;
  const reviewed = pullRequest && approvals > 0;
  const weaker = (about: ReturnType<typeof subject>, holds: boolean, fine: string, not: string) =>
    holds || unsure !== null ? judge(about, holds, fine, not) : about.weak(not, mend);
  return [
    judge(
      pullRequests(context),
      reviewed,
      `required, with ${approvals} approval(s)`,
      pullRequest ? "required, but without any approval" : "not required: whoever has write access can push",
    ),
    judge(owners, codeOwners, "their review is required", "their review is not required"),
    weaker(later, laterPushes, "need another approval", "need no other approval"),
    weaker(
      history,
      noForcePush && noDeletion,
      "no force pushes, no deletion",
      `${[noForcePush ? [] : ["force pushes"], noDeletion ? [] : ["deletion"]].flat().join(" and ")} allowed`,
    ),
  ];
}

/** Who may pass by the rules; GitHub tells those who may write them. */
async function bypass(
  context: Context,
  rules: readonly ActiveRule[],
  classic: Read<ClassicProtection>,
): Promise<Finding> {
  const { owner, repo, defaultBranch, page } = context.repository;
  const about = subject(
    "branch.bypass",
    `branch ${defaultBranch}, bypass`,
    "an exception to the rules is a way around the gate",
    false,
  );
  const ids = new Set(
    rules.flatMap(({ ruleset_id, ruleset_source_type }) =>
      ruleset_id !== undefined && ruleset_source_type === "Repository" ? [ruleset_id] : [],
    ),
  );
  const passing: string[] = [];
  for (const ruleset_id of ids) {
    const found = await read("Administration: read", () =>
      context.github.rest.repos.getRepoRuleset({ owner, repo, ruleset_id }),
    );
    if (found.is !== "read") return about.unreadable(whyNot(found));
    const { bypass_actors: actors, name } = found.value.data;
    if (actors === undefined)
      return about.unreadable(`who bypasses the ruleset ${name} is told to administrators only`);
    passing.push(...actors.map(({ actor_type, actor_id }) => `${actor_type} ${actor_id ?? ""}`.trim()));
  }
  // Where the rulesets hold by themselves, whoever passes classic protection by is held all the same.
  const inClassic: string[] = [];
  if (classic.is === "read" && !isWhole(ofRules(rules)))
    inClassic.push(...(classic.value.administratorsToo ? [] : ["administrators"]), ...classic.value.exempt);
  if (passing.length + inClassic.length === 0)
    return about.fine("nobody, as far as this repository's own rules go");
  const pages = [passing.length > 0 ? "rules" : [], inClassic.length > 0 ? "branches" : []].flat();
  return about.weak(
    `allowed to ${[...passing, ...inClassic].join(", ")}`,
    `Take them off the list: ${pages.map((one) => `${page}/settings/${one}`).join(" and ")}`,
  );
}
